/**
 * What is still to be waited for in a transfer: looks at its deliveries for signs of life, and ends the wait for a terminal that went away,
 * takes nothing any more, or would have the content too late.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { DeliveryBook } from './delivery-book.ts'
import { type DeliveryView, isOwed, isSettled } from './delivery-view.ts'
import type { Providers } from './providers.ts'
import type { Rescuer } from './rescuer.ts'
import type { WholeSending } from './whole-sending.ts'

export interface DeliveryWatchOptions {
  readonly clock: Clock
  readonly book: DeliveryBook
  readonly content: StoredContent
  readonly manifest: Manifest
  readonly rescuer: Pick<Rescuer, 'askAgain' | 'relieve'>
  /** Who has the bytes when the main server has only the tables. */
  readonly providers: Providers | undefined
  readonly whole: Pick<WholeSending, 'isWaiting'>
  readonly isPresent: (node: NodeId) => boolean
  /** Something that an operator sees has changed. */
  readonly changed: () => void
}

/** A delivery is looked at for signs of life this often. */
const WATCH_MS = 1_000

export class DeliveryWatch {
  readonly #options: DeliveryWatchOptions
  readonly #offlineTimers = new Map<NodeId, Timer>()
  readonly #timer: Timer
  /** Deliveries that got a last chance directly from here. */
  readonly #rescued = new Set<DeliveryView>()
  /** While it is forsaken: what the terminals had together, and since when that is all. */
  #leftAlone: { readonly bytes: number; readonly sinceMs: number } | undefined

  constructor(options: DeliveryWatchOptions) {
    this.#options = options
    this.#timer = every(options.clock, WATCH_MS, () => this.#lookForLife())
  }

  stop(): void {
    this.#timer.cancel()
    for (const timer of this.#offlineTimers.values()) timer.cancel()
  }

  /** Whether every delivery has a state that a push need not wait for. */
  get settled(): boolean {
    const { book, isPresent } = this.#options
    // What a terminal has received it has for good; one that went away then cannot say when it shows it.
    return book.all.every(
      (delivery) => this.#isAtRest(delivery) || (isDelivered(delivery.state) && !isPresent(delivery.node)),
    )
  }

  /** Whether nothing is under way, and nothing will be before a time comes or a terminal. */
  get atRest(): boolean {
    return this.#options.book.all.every((delivery) => this.#isAtRest(delivery))
  }

  /** Whether the content's deactivation time is over. */
  get over(): boolean {
    const { deactivateAtMs } = this.#options.manifest
    return deactivateAtMs !== null && this.#isPast(deactivateAtMs)
  }

  /** The terminal is here again, or for the first time. */
  arrived(node: NodeId): void {
    this.#offlineTimers.get(node)?.cancel()
    this.#offlineTimers.delete(node)
  }

  /** The terminal's control connection is gone. */
  left(delivery: DeliveryView): void {
    this.#await(delivery, LIMITS.offlineGraceMs)
  }

  /** The main server was started again, and the terminal has not noticed yet: the longer that was away, the more seldom it looks. */
  expected(delivery: DeliveryView): void {
    this.#await(delivery, LIMITS.returnGraceMs)
  }

  #await(delivery: DeliveryView, graceMs: number): void {
    const { node, name } = delivery
    const { clock, book, changed } = this.#options
    if (isSettled(delivery) || this.#offlineTimers.has(node)) return
    const timer = clock.after(graceMs, () => {
      this.#offlineTimers.delete(node)
      if (isSettled(delivery)) return
      const message = `terminal ${name} went offline during the transfer: it gets the content when it is back`
      // What is received is at the terminal for good; only its publication is not known.
      if (!isDelivered(delivery.state)) book.move(delivery, 'postponed', { error: { code: 'E_OFFLINE', message } })
      changed()
    })
    this.#offlineTimers.set(node, timer)
  }

  /** The delivery begins anew: it may have its last chance once more. */
  begun(delivery: DeliveryView): void {
    delivery.livelyAtMs = this.#options.clock.monotonic()
    this.#rescued.delete(delivery)
  }

  /** Received content whose time is to come is where a push waits for it to be. */
  #isAtRest(delivery: DeliveryView): boolean {
    if (this.#runsHook(delivery)) return false
    return isSettled(delivery) || (delivery.state === 'received' && !this.#isPast(this.#options.manifest.activateAtMs))
  }

  /** Whether it is worth waiting for how the owner's command ends. */
  #runsHook({ node, hookSinceMs }: DeliveryView): boolean {
    if (hookSinceMs === null || !this.#options.isPresent(node)) return false
    return this.#options.clock.monotonic() - hookSinceMs < LIMITS.hookWaitMs
  }

  #isPast(atMs: number | null): boolean {
    return atMs === null || atMs <= this.#options.clock.now()
  }

  #lookForLife(): void {
    const { clock, book, rescuer, changed } = this.#options
    const nowMs = clock.monotonic()
    for (const delivery of book.all) this.#look(delivery, nowMs)
    rescuer.relieve()
    this.#endForsaken(nowMs)
    // Rates fall while nothing is heard, and whoever watches is to see it.
    if (book.all.some(({ state }) => state === 'receiving')) changed()
  }

  #look(delivery: DeliveryView, nowMs: number): void {
    const { book, content, manifest, rescuer, whole, changed } = this.#options
    if (delivery.hookSinceMs !== null && !this.#runsHook(delivery)) {
      delivery.hookSinceMs = null
      changed()
    }
    if (this.over && !isDelivered(delivery.state)) this.#expire(delivery)
    if (delivery.state === 'received' && this.#isPast(manifest.activateAtMs)) this.#askWhatBecame(delivery, nowMs)
    if (isSettled(delivery) || isDelivered(delivery.state)) return
    // Nothing is there that it could have got, or its turn has not come.
    if (delivery.bytes >= content.knownBytes && content.last === undefined) delivery.livelyAtMs = nowMs
    if (whole.isWaiting(delivery.held)) delivery.livelyAtMs = nowMs
    const quietMs = nowMs - delivery.livelyAtMs
    if (quietMs > LIMITS.deliveryFailMs) {
      const message = `terminal ${delivery.name} took no packet for ${Math.round(quietMs / 1000)} s`
      book.move(delivery, 'failed', { error: { code: 'E_STALLED', message } })
    } else if (quietMs > LIMITS.deliveryStallMs && !this.#rescued.has(delivery)) {
      // It may know nothing of the transfer: only a transport request helps then, and the main server's own reaches it.
      if (rescuer.askAgain(delivery)) this.#rescued.add(delivery)
    }
  }

  /**
   * Who provided it at first will not again: the terminals get what they lack from one another. When none of them has got anything for a while, nobody has the
   * rest. Route acks are no sign of life here: all of them look for another upstream.
   */
  #endForsaken(nowMs: number): void {
    const { book, providers } = this.#options
    const isGone = providers?.isForsaken === true
    const bytes = book.all.reduce((sum, delivery) => sum + delivery.bytes, 0)
    if (!isGone || this.#leftAlone?.bytes !== bytes) this.#leftAlone = isGone ? { bytes, sinceMs: nowMs } : undefined
    // A terminal that may yet come back may have what the others lack, or all of it.
    if (!isGone || this.#offlineTimers.size > 0) return
    if (nowMs - (this.#leftAlone?.sinceMs ?? nowMs) <= LIMITS.deliveryStallMs) return
    const { isLost } = providers
    for (const delivery of book.all) {
      if (isDelivered(delivery.state) || (isSettled(delivery) && !(isLost && isOwed(delivery)))) continue
      book.move(delivery, isLost ? 'cancelled' : 'postponed', { error: providers.lack(delivery.name) })
    }
  }

  /** What a terminal received it shows at once, or cannot: when neither is heard, the word was lost with its link. */
  #askWhatBecame(delivery: DeliveryView, nowMs: number): void {
    const quietMs = nowMs - delivery.livelyAtMs
    if (quietMs > LIMITS.deliveryStallMs && this.#options.rescuer.askAgain(delivery)) delivery.livelyAtMs = nowMs
  }

  /** Nobody is to see the content any more: who does not have it will not get it. */
  #expire(delivery: DeliveryView): void {
    if (delivery.state === 'cancelled' || (delivery.state === 'failed' && !isOwed(delivery))) return
    const message = `the deactivation time passed before terminal ${delivery.name} had the content`
    this.#options.book.move(delivery, 'failed', { error: { code: 'E_EXPIRED', message } })
  }
}
