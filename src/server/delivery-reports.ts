/** What terminals say of one transfer, taken into its deliveries: route acks, progress, receipts, failures. */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reason } from '../wire/reason.ts'
import type { Manifest, Receipt } from '../wire/signed-documents.ts'
import type { DeliveryBook, HeardReceipt } from './delivery-book.ts'
import { ratesOf } from './delivery-rates.ts'
import { type DeliveryView, isOwed, isSettled, noteBytes, RECEIPT_EVENT } from './delivery-view.ts'
import type { Providers } from './providers.ts'
import type { Rescuer } from './rescuer.ts'
import { type TakenRates, takenRate } from './taken-rates.ts'
import type { WholeSending } from './whole-sending.ts'

export interface DeliveryReportsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly book: DeliveryBook
  readonly content: StoredContent
  readonly manifest: Manifest
  readonly rescuer: Rescuer
  readonly providers: Providers | undefined
  readonly whole: Pick<WholeSending, 'has' | 'sinceSentMs'>
  readonly events: DeliveryReportEvents
}

export interface DeliveryReportEvents {
  /** Something that an operator sees has changed. */
  changed(): void
  /** A terminal has all of it, and what its links have shown. */
  delivered(node: NodeId, rates: TakenRates): void
  /** A terminal has refused so many more packets. */
  refused(packets: number): void
  /** A terminal that was given up still asks for an upstream. */
  wantedStill(delivery: DeliveryView): void
}

export class DeliveryReports {
  readonly #options: DeliveryReportsOptions
  /** By stripe. */
  readonly #failedTries = new Map<DeliveryView, number[]>()

  constructor(options: DeliveryReportsOptions) {
    this.#options = options
  }

  /** The delivery begins anew: its terminal is tried as often as any other. */
  begun(delivery: DeliveryView): void {
    this.#failedTries.delete(delivery)
  }

  routeAck(node: NodeId, { stripe, upstream, depth, order }: MessageBody<'routeAck'>): void {
    const delivery = this.#options.book.byNode(node)
    if (delivery === undefined || isDelivered(delivery.state) || !this.#hasStripe(stripe)) return
    const shown = this.#shownHandle(upstream)
    if (shown === undefined) return
    delivery.possible.acknowledged(stripe, { order, before: delivery.upstreams[stripe] ?? null })
    delivery.upstreams[stripe] = shown
    delivery.depth = depth
    // Its first upstreams, one of each stripe, are one attempt.
    if (delivery.attempts === 0 || delivery.routedAtMs[stripe] !== undefined) delivery.attempts++
    const nowMs = this.#options.clock.monotonic()
    const responseMs = this.#options.whole.sinceSentMs(delivery.handle)
    if (delivery.startedAtMs === null && responseMs !== undefined) this.#options.book.measured(delivery, responseMs)
    delivery.routedAtMs[stripe] = nowMs
    delivery.livelyAtMs = nowMs
    delivery.startedAtMs ??= nowMs
    this.#options.book.move(delivery, 'routed')
  }

  progress(node: NodeId, { packets, bytes, stripes, diskMs, upstreams, downstreams }: MessageBody<'progress'>): void {
    const delivery = this.#options.book.byNode(node)
    if (delivery === undefined || isSettled(delivery)) return
    const { clock, events } = this.#options
    const nowMs = clock.monotonic()
    noteBytes(delivery, { packets, bytes }, nowMs)
    delivery.stripePackets = stripes
    delivery.diskMs = diskMs
    delivery.sources.note(
      upstreams.map((upstream) => ({ ...upstream, handle: this.#shownHandle(upstream.handle) ?? upstream.handle })),
      nowMs,
    )
    const refused = sum(upstreams.map((upstream) => upstream.refused))
    if (refused > delivery.refused) {
      events.refused(refused - delivery.refused)
      delivery.refused = refused
    }
    for (const { handle, responseMs } of downstreams) {
      const below = this.#options.book.byHandle(handle)
      if (below !== undefined && responseMs !== null) this.#options.book.measured(below, responseMs)
    }
    if (bytes > 0 && (delivery.state === 'planned' || delivery.state === 'routed'))
      this.#options.book.move(delivery, 'progressed')
    else this.#options.events.changed()
  }

  /** A receipt whose signature and meaning were checked. */
  receipt(node: NodeId, receipt: Receipt, heard: HeardReceipt): void {
    const delivery = this.#options.book.byNode(node)
    if (delivery === undefined) return
    const { clock, whole } = this.#options
    const nowMs = clock.monotonic()
    noteBytes(delivery, { bytes: receipt.bytes, packets: this.#options.content.knownPackets }, nowMs)
    delivery.finishedAtMs ??= nowMs
    delivery.startedAtMs ??= nowMs
    delivery.diskMs = receipt.diskMs
    delivery.hookSinceMs = heard.hook ? (delivery.hookSinceMs ?? nowMs) : null
    if (!isDelivered(delivery.state) && heard.state !== 'failed') {
      if (whole.has(delivery.handle)) {
        delivery.sources.note([{ handle: FIRST_SERVER_HANDLE, bytes: receipt.bytes }], nowMs)
        // Of what came whole and was shown at once, only that is told.
        if (heard.state === 'active') this.#options.book.move(delivery, 'received')
      }
      delivery.takenBytesPerSecond = takenRate(delivery.sources.list(nowMs), receipt)
      this.#options.events.delivered(node, ratesOf(delivery, this.#options.book, { ...receipt, nowMs }))
    }
    if (
      !this.#options.book.move(delivery, RECEIPT_EVENT[heard.state], {
        receipt: heard,
        ...(heard.error && { error: heard.error }),
      })
    )
      heard.kept()
  }

  failure(node: NodeId, failure: MessageBody<'failure'>): void {
    const delivery = this.#options.book.byNode(node)
    if (!this.#hasStripe(failure.stripe)) return
    const error = { code: failure.code, message: failure.message }
    if (failure.about === 'downstream' && this.#options.providers?.asked.includes(node)) {
      this.#downstreamFailed(failure, 'the first server')
    } else if (delivery === undefined) {
      return
    } else if (failure.about === 'self') {
      // Also what was received may fail: newer content came to its destination before it was published.
      this.#options.book.move(delivery, 'failed', { error })
    } else if (failure.about === 'upstream' && isOwed(delivery)) {
      this.#options.events.wantedStill(delivery)
    } else if (isSettled(delivery) || isDelivered(delivery.state)) {
      return
    } else if (failure.about === 'upstream') {
      this.#options.rescuer.upstreamFailed(delivery, failure)
    } else {
      this.#downstreamFailed(failure, delivery.name)
    }
  }

  #downstreamFailed({ handle, stripe, code, message, final }: MessageBody<'failure'>, relay: string): void {
    const target = this.#options.book.byHandle(handle)
    this.#options.log.info('a relay could not reach a terminal', { relay, terminal: target?.name, code, message })
    if (target !== undefined && final) this.unreached(target, stripe, { code, message })
  }

  /** Nobody else of its hand will try this terminal again in this stripe: it is tried a few times more, from wherever there is room. */
  unreached(delivery: DeliveryView, stripe: number, { code, message: why }: Reason): void {
    if (isSettled(delivery) || isDelivered(delivery.state)) return
    const tries = this.#failedTries.get(delivery) ?? []
    tries[stripe] = (tries[stripe] ?? 0) + 1
    this.#failedTries.set(delivery, tries)
    if (tries[stripe] < LIMITS.reachTries) {
      // One that went away is waited for by left().
      this.#options.rescuer.rescueLater(delivery, stripe)
      return
    }
    const { name, held } = delivery
    const address = held?.ticket.address ?? null
    const message =
      address === null
        ? `terminal ${name} cannot be reached: ${why}. Check that it can open connections to the other terminals.`
        : `terminal ${name} (${address}) cannot be reached: ${why}. Check that this address is right and open there, start its relay with --advertise HOST:PORT, or with --outbound-only behind a firewall.`
    this.#options.book.move(delivery, 'failed', { error: reason(code, message) })
  }
  /** As it is shown to operators; undefined for nobody of this transfer. */
  #shownHandle(handle: number): number | undefined {
    const { providers } = this.#options
    if (providers !== undefined) return providers.shownHandle(handle)
    return handle === FIRST_SERVER_HANDLE || this.#options.book.byHandle(handle) !== undefined ? handle : undefined
  }

  /** A terminal may name any number to 65,535. */
  #hasStripe(stripe: number): boolean {
    return stripe < this.#options.manifest.stripes
  }
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}
