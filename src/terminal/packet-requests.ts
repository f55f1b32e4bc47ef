/**
 * Which packets a terminal asks of whom. No sockets and no clock: it is given the time, and says what to ask for.
 *
 *   wanted ──ask──► asked of its stripe's upstream ──came──► (stored, not its business)
 *     ▲  └──help──► asked of another, if held ──came──►
 *     └── not held, bad, upstream lost ──┘
 *
 * A stripe is only where a packet is asked first. An upstream that has nothing more to send of its own stripe is asked, if it holds them, for
 * packets of stripes that lack an upstream or have a slow one: those that nobody was asked for yet, and the last of those that the slow
 * one owes. So neither a slow nor a lost upstream keeps a terminal waiting, and the last packets of a transfer do not crawl.
 *
 * Guarantees: a packet that is held or being stored is not asked for; one that was asked for is asked of one other upstream at most, and
 * only when the first is not expected to send it soon. What every upstream owes stays within its window.
 */

import { LIMITS } from '../wire/limits.ts'
import type { Upstream } from './upstream.ts'

/** One who cannot help now is not asked to for this long: looking for what to ask costs time. */
const HELP_PAUSE_MS = 20

export interface PacketRequestsOptions {
  readonly stripes: number
  readonly packetBytes: number
  readonly startedAtMs: number
  /** How many packets are described so far. */
  readonly known: () => number
  /** Whether a packet is held or being stored. */
  readonly has: (index: number) => boolean
}

export class PacketRequests {
  readonly #options: PacketRequestsOptions
  /** The upstream of each stripe. */
  readonly #upstreams = new Map<number, Upstream>()
  /** By stripe: below this, every packet of it is held, asked for, or in `#again`. */
  readonly #cursors: number[]
  /** By stripe: packets that were asked for in vain. */
  readonly #again: Set<number>[]
  /** By stripe: since when it has no upstream. */
  readonly #bareSinceMs: number[]

  constructor(options: PacketRequestsOptions) {
    this.#options = options
    this.#cursors = Array.from({ length: options.stripes }, (_, stripe) => stripe)
    this.#again = this.#cursors.map(() => new Set())
    this.#bareSinceMs = this.#cursors.map(() => options.startedAtMs)
  }

  upstreams(): Upstream[] {
    return [...this.#upstreams.values()]
  }

  upstream(stripe: number): Upstream | undefined {
    return this.#upstreams.get(stripe)
  }

  /** In the place of the stripe's upstream, which was dropped. */
  use(upstream: Upstream): void {
    this.#upstreams.set(upstream.stripe, upstream)
  }

  /** The stripe's upstream is gone: what it owes is asked again, unless another was asked for it too. */
  drop(stripe: number, nowMs: number): void {
    const upstream = this.#upstreams.get(stripe)
    if (upstream === undefined) return
    this.#upstreams.delete(stripe)
    this.#bareSinceMs[stripe] = nowMs
    const owed = [...upstream.asked.keys()]
    upstream.asked.clear()
    for (const index of owed) this.#want(index)
  }

  clear(): void {
    this.#upstreams.clear()
  }

  /** A packet came, or will not come, from this upstream. @returns how it was asked for; undefined when it was not */
  settle(upstream: Upstream, index: number): 'asked' | 'asked if held' | undefined {
    const asked = upstream.asked.get(index)
    if (asked === undefined) return undefined
    upstream.asked.delete(index)
    return asked.ifHeld ? 'asked if held' : 'asked'
  }

  /** Whether the upstream was asked for packets that it has to wait for when it does not hold them. */
  owes(upstream: Upstream): boolean {
    for (const { ifHeld } of upstream.asked.values()) if (!ifHeld) return true
    return false
  }

  /** A good packet came: nobody else need send it. */
  came(index: number): void {
    for (const upstream of this.#upstreams.values()) {
      upstream.asked.delete(index)
      upstream.lacks.delete(index)
    }
  }

  /** A packet that was asked for did not come as it should. */
  again(index: number): void {
    this.#want(index)
  }

  /** An upstream does not hold what it was asked for, if it held it. */
  lacks(upstream: Upstream, index: number, nowMs: number): void {
    upstream.lacks.set(index, nowMs + LIMITS.askAgainMs)
    this.#want(index)
  }

  /** What to ask the stripe's own upstream for now: as much as its window takes. `storingBytes` were received and not stored yet. */
  ask(upstream: Upstream, nowMs: number, storingBytes: number): number[] {
    const windowBytes = this.#windowBytes(upstream)
    // In batches, not for every packet that comes in: each request costs both sides as much as a small packet.
    if (upstream.askedBytes + storingBytes > windowBytes / 2) return []
    const chosen: number[] = []
    while (upstream.askedBytes + storingBytes < windowBytes && upstream.asked.size < LIMITS.wantedPackets / 2) {
      const index = this.#next(upstream.stripe)
      if (index === undefined) break
      chosen.push(index)
      // One that had nothing to send was not silent.
      if (upstream.asked.size === 0) upstream.heardAtMs = nowMs
      upstream.asked.set(index, { ifHeld: false })
    }
    return chosen.sort(ascending)
  }

  /** What to ask this upstream for, if it holds it, now that its own stripe has nothing to ask for. */
  help(helper: Upstream, nowMs: number): number[] {
    const { stripes, packetBytes } = this.#options
    if (stripes === 1 || nowMs < helper.helpsAgainAtMs || this.#hasMore(helper.stripe)) return []
    const ownMs = helper.expectedMs(nowMs)
    const room = Math.min(LIMITS.helpPackets, Math.floor((this.#windowBytes(helper) - helper.askedBytes) / packetBytes))
    const chosen: number[] = []
    for (let stripe = 0; stripe < stripes && ownMs < Number.POSITIVE_INFINITY; stripe++) {
      const slow = this.#upstreams.get(stripe)
      if (stripe === helper.stripe || slow?.handle === helper.handle) continue
      // What it is expected to send before the helper could, is left to it.
      if (this.#waitMs(stripe, nowMs) < LIMITS.helpAfterMs + 2 * ownMs) continue
      this.#chooseUnasked(stripe, chosen, { room, may: (index) => helper.mayHold(index, nowMs) })
      if (slow === undefined) continue
      for (const index of this.#lastOwed(slow, nowMs)) {
        if (chosen.length < room && helper.mayHold(index, nowMs)) chosen.push(index)
      }
    }
    if (chosen.length === 0) helper.helpsAgainAtMs = nowMs + HELP_PAUSE_MS
    for (const index of chosen) helper.asked.set(index, { ifHeld: true })
    return chosen.sort(ascending)
  }

  #windowBytes(upstream: Upstream): number {
    const rates = [...this.#upstreams.values()].flatMap(({ rate }) => rate.bytesPerSecond ?? [])
    return upstream.windowBytes(rates.reduce((sum, rate) => sum + rate, 0) / rates.length)
  }

  /** How long the stripe's packets should still take. */
  #waitMs(stripe: number, nowMs: number): number {
    const upstream = this.#upstreams.get(stripe)
    return upstream === undefined ? nowMs - (this.#bareSinceMs[stripe] as number) : upstream.expectedMs(nowMs)
  }

  /** Packets of a stripe that nobody is asked for. */
  #chooseUnasked(
    stripe: number,
    chosen: number[],
    { room, may }: { room: number; may: (index: number) => boolean },
  ): void {
    const { has } = this.#options
    const again = this.#again[stripe] as Set<number>
    for (const index of again) {
      if (chosen.length >= room) return
      if (!has(index) && !may(index)) continue
      again.delete(index)
      if (!has(index)) chosen.push(index)
    }
    while (chosen.length < room) {
      const index = this.#advance(stripe)
      if (index === undefined) return
      if (may(index)) chosen.push(index)
      else again.add(index)
    }
  }

  /** Of what an upstream owes, the half that it is expected to send last, last first; all of it when it has fallen silent. */
  #lastOwed(slow: Upstream, nowMs: number): number[] {
    const owed = [...slow.asked.keys()].reverse()
    const most = slow.expectedMs(nowMs) === Number.POSITIVE_INFINITY ? owed.length : Math.ceil(owed.length / 2)
    return owed.slice(0, most).filter((index) => !this.#options.has(index) && !this.#isAskedBeside(slow, index))
  }

  #hasMore(stripe: number): boolean {
    const index = this.#advance(stripe)
    if (index !== undefined) this.#cursors[stripe] = index
    return index !== undefined || (this.#again[stripe] as Set<number>).size > 0
  }

  /** The next packet of a stripe that nobody is asked for. */
  #next(stripe: number): number | undefined {
    const again = this.#again[stripe] as Set<number>
    for (const index of again) {
      again.delete(index)
      if (!this.#options.has(index)) return index
    }
    return this.#advance(stripe)
  }

  /** The next packet of a stripe that was never asked for. */
  #advance(stripe: number): number | undefined {
    const { stripes, known, has } = this.#options
    let index = this.#cursors[stripe] as number
    while (index < known() && has(index)) index += stripes
    if (index >= known()) {
      this.#cursors[stripe] = index
      return undefined
    }
    this.#cursors[stripe] = index + stripes
    return index
  }

  /** Unless it is here or on its way, the packet is asked for again. */
  #want(index: number): void {
    if (this.#options.has(index)) return
    for (const upstream of this.#upstreams.values()) if (upstream.asked.has(index)) return
    this.#again[index % this.#options.stripes]?.add(index)
  }

  #isAskedBeside(owner: Upstream, index: number): boolean {
    for (const upstream of this.#upstreams.values()) if (upstream !== owner && upstream.asked.has(index)) return true
    return false
  }
}

function ascending(a: number, b: number): number {
  return a - b
}
