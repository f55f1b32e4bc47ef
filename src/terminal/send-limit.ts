/**
 * How fast a sender may send: a bucket of tokens, a byte each, and who is next when there are some.
 *
 *   transfer 1 ─┬─ child a ─┐
 *               └─ child b ─┤   the transfer that got the least, and of it the child that got the least
 *   transfer 2 ─── child c ─┴──► bucket ──► link
 *
 * Guarantees: over any time, no more than the rate allows and what BURST_MS and one packet are worth; a transfer with many children or large
 * packets gets no more than another; what one cannot use, because its link is slow, goes to the others. A transfer that was let go a moment ago
 * and makes its next packet ready is waited for when it is due more than those who are ready: else whoever has the largest packets would
 * find the others away each time, and send the most. The tokens of that wait are not lost.
 */

import type { Clock, Timer } from '../system/clock.ts'
import { invariant } from '../system/errors.ts'

/** Tokens of so long are kept for later: neither a late timer nor the wait for who is due loses any. */
const BURST_MS = 20
/** A transfer has so long to be back with its next packet. */
const NEXT_PACKET_MS = 20
const PORTIONS_PER_SECOND = 50
const LEAST_PORTION_BYTES = 1024

interface Turn {
  readonly transfer: object
  readonly child: object
  readonly bytes: number
  readonly go: () => void
}

export class SendLimit {
  readonly #clock: Clock
  #bytesPerSecond: number | undefined
  readonly #transfers = new Shares()
  readonly #children = new WeakMap<object, Shares>()
  /** Transfers that were let go, and until when they are waited for. */
  readonly #expected = new Map<object, number>()
  #waiting: Turn[] = []
  /** When the bytes that were let go so far are paid for. */
  #paidAtMs = Number.NEGATIVE_INFINITY
  #timer: Timer | undefined

  /** @param bytesPerSecond undefined for no limit */
  constructor(clock: Clock, bytesPerSecond: number | undefined) {
    this.#clock = clock
    this.#bytesPerSecond = bytesPerSecond
  }

  /** A good measure for something that can be sent in pieces of any length. */
  get portionBytes(): number {
    return Math.max(
      LEAST_PORTION_BYTES,
      Math.floor((this.#bytesPerSecond ?? Number.POSITIVE_INFINITY) / PORTIONS_PER_SECOND),
    )
  }

  /** From now on this fast. */
  allow(bytesPerSecond: number | undefined): void {
    this.#bytesPerSecond = bytesPerSecond
    this.#paidAtMs = Math.min(this.#paidAtMs, this.#clock.monotonic())
    this.#next()
  }

  /** Resolves when this child of this transfer may be sent so many bytes; it asks again only after that. */
  turn(transfer: object, child: object, bytes: number): Promise<void> | undefined {
    if (this.#bytesPerSecond === undefined) return undefined
    this.#transfers.join(transfer)
    this.#childrenOf(transfer).join(child)
    return new Promise((go) => {
      this.#waiting.push({ transfer, child, bytes, go })
      this.#next()
    })
  }

  #next(): void {
    this.#timer?.cancel()
    this.#timer = undefined
    while (this.#waiting.length > 0) {
      const turn = this.#neediest()
      const waitMs = this.#bytesPerSecond === undefined ? 0 : this.#mayGoAtMs(turn) - this.#clock.monotonic()
      if (waitMs > 0) {
        this.#timer = this.#clock.after(waitMs, () => this.#next(), { background: true })
        return
      }
      this.#waiting.splice(this.#waiting.indexOf(turn), 1)
      this.#let(turn)
    }
  }

  #mayGoAtMs({ transfer }: Turn): number {
    const nowMs = this.#clock.monotonic()
    let atMs = this.#paidAtMs
    for (const [other, untilMs] of this.#expected) {
      if (untilMs <= nowMs || this.#waiting.some((turn) => turn.transfer === other)) this.#expected.delete(other)
      else if (this.#transfers.of(other) < this.#transfers.of(transfer)) atMs = Math.max(atMs, untilMs)
    }
    return Math.min(atMs, this.#paidAtMs + BURST_MS)
  }

  #let({ transfer, child, bytes, go }: Turn): void {
    this.#transfers.give(transfer, bytes)
    this.#childrenOf(transfer).give(child, bytes)
    this.#expected.set(transfer, this.#clock.monotonic() + NEXT_PACKET_MS)
    if (this.#bytesPerSecond !== undefined) {
      const fromMs = Math.max(this.#paidAtMs, this.#clock.monotonic() - BURST_MS)
      this.#paidAtMs = fromMs + (bytes / this.#bytesPerSecond) * 1000
    }
    go()
  }

  #neediest(): Turn {
    const [first, ...others] = this.#waiting
    invariant(first !== undefined, 'a turn is given to somebody who waits')
    return others.reduce((least, turn) => (this.#compare(turn, least) < 0 ? turn : least), first)
  }

  #compare(one: Turn, other: Turn): number {
    const transfers = this.#transfers.of(one.transfer) - this.#transfers.of(other.transfer)
    if (transfers !== 0 || one.transfer !== other.transfer) return transfers
    const children = this.#childrenOf(one.transfer)
    return children.of(one.child) - children.of(other.child)
  }

  #childrenOf(transfer: object): Shares {
    const known = this.#children.get(transfer)
    if (known !== undefined) return known
    const shares = new Shares()
    this.#children.set(transfer, shares)
    return shares
  }
}

/** What a sender keeps to in one transfer: the transfer's own limit, and its own for everything that it sends. */
export function sendLimits(
  { clock, sendLimit }: { readonly clock: Clock; readonly sendLimit?: SendLimit | undefined },
  { limitBytesPerSecond }: { readonly limitBytesPerSecond?: number | undefined },
): SendLimit[] {
  const ofTransfer = limitBytesPerSecond === undefined ? [] : [new SendLimit(clock, limitBytesPerSecond)]
  return sendLimit === undefined ? ofTransfer : [...ofTransfer, sendLimit]
}

/** What each has got, as if all had begun together: who comes, or comes back, has no claim to what it did not ask for. */
class Shares {
  readonly #bytes = new WeakMap<object, number>()
  /** What the neediest had when it was given something last. */
  #level = 0

  join(holder: object): void {
    this.#bytes.set(holder, Math.max(this.#bytes.get(holder) ?? 0, this.#level))
  }

  of(holder: object): number {
    return this.#bytes.get(holder) ?? 0
  }

  give(holder: object, bytes: number): void {
    this.#level = Math.max(this.#level, this.of(holder))
    this.#bytes.set(holder, this.of(holder) + bytes)
  }
}
