/**
 * The life of one transfer at a terminal, from the transport request to the content in the inbox: what it takes at which stage, and how it
 * ends. Its modules are put together by transfer-modules.ts; its steps to the inbox are completion.ts's.
 *
 *   open ──request──► receiving ──all held──► … ──► active, or waits for its time ──nobody left to serve──► let go
 *                        │  ▲                  │
 *             upstream lost, reported, new one └── any error of the disk ──► failed: reported, staging removed ──► let go
 *
 * Guarantee: its file is closed and its links are let go before its owner hears that it ended.
 */

import type { ReadableStream } from '../content/tree-stream.ts'
import type { Conversation } from '../link/conversation.ts'
import { every, type Timer } from '../system/clock.ts'
import { type ErrorCode, messageOf, TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import type { Reason } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { TransferStage } from './completion.ts'
import { clearAway } from './delivery.ts'
import { OwnContent } from './own-content.ts'
import { progressPeriodMs } from './progress-period.ts'
import type { CheckedRequest } from './request-admission.ts'
import type { Serving } from './serving.ts'
import { openModules, type TransferModules, type TransferParts } from './transfer-modules.ts'
import type { UpstreamRouting } from './upstream-routing.ts'
import type { WholeContent } from './whole-content.ts'

export interface IncomingOptions extends TransferParts {
  /** Nothing is left to do here and nobody to serve: the transfer may be let go. */
  readonly ended: () => void
  /** The content is active and everyone below has it; or the transfer failed here. May come again for late children. */
  readonly settled: (error: Reason | undefined) => void
}

export class IncomingTransfer {
  readonly #options: IncomingOptions
  readonly #modules: TransferModules
  /** While packets are missing. */
  readonly #timers: Timer[] = []
  #failure: Reason | undefined
  #endTimer: Timer | undefined
  #stopped: Promise<void> | undefined

  constructor(options: IncomingOptions) {
    const { means, manifest, stage } = options
    this.#options = options
    this.#modules = openModules(options, {
      durable: () => this.#fetchedAll(),
      resting: () => this.#considerEnd(),
      childClosed: () => this.#considerEnd(),
      failed: (error) => this.fail(error),
    })
    if (stage !== 'receiving') return
    const { reports, upstreams } = this.#modules
    this.#timers.push(
      every(means.clock, progressPeriodMs(manifest), () => reports.progress()),
      every(means.clock, LIMITS.orphanReportMs, () => upstreams.reportOrphans()),
      every(means.clock, LIMITS.stallCheckMs, () => upstreams.watch()),
    )
  }

  get manifest(): Manifest {
    return this.#options.manifest
  }

  get stage(): TransferStage {
    return this.#modules.completion.stage
  }

  get serving(): Serving {
    return this.#modules.serving
  }

  get upstreams(): UpstreamRouting {
    return this.#modules.upstreams
  }

  /** Goes on after a restart: publishes what was received, or asks for what is missing. */
  resume(): void {
    if (!this.#modules.completion.resume()) this.upstreams.reportOrphans()
  }

  /** Serves those below, and takes the sender's offer. @throws what the transfer failed with, while that is cleared away */
  async request(request: CheckedRequest): Promise<void> {
    if (this.#failure !== undefined) throw new TreecastError(this.#failure.code as ErrorCode, this.#failure.message)
    this.#modules.relayStart.take(request)
    await this.upstreams.take(request)
  }

  /** The main server sent all of it at once. What does not pass its checks is asked for, as if it had been lost on its way. */
  deliver(whole: WholeContent): void {
    if (this.stage !== 'receiving') return
    this.upstreams.given()
    try {
      if (!this.#modules.reception.takeWhole(whole)) this.upstreams.reportOrphans()
    } catch (error) {
      this.fail(error)
    }
  }

  packet(handle: number, header: PacketHeader, sealed: Uint8Array): void {
    this.#modules.reception.packet(handle, header, sealed)
  }

  /** This terminal provides the content itself from now on. */
  provides(content: ReadableStream): void {
    if (this.stage === 'receiving') this.#modules.reception.lookIn(new OwnContent(content))
  }

  /** An upstream said NOT_HELD on the request link. */
  notHeld(requests: Conversation, { stripe, base, ranges }: MessageBody<'notHeld'>): void {
    const { reception } = this.#modules
    for (const upstream of reception.upstreams()) {
      if (upstream.requests === requests && upstream.stripe === stripe) reception.notHeld(upstream, base, ranges)
    }
  }

  /** The main server has just come back: says how far this terminal is, and whom it lacks. */
  reportRoute(): void {
    if (this.stage !== 'receiving') return
    const { reports, upstreams } = this.#modules
    upstreams.reportRoute()
    reports.forget()
    reports.progress()
    upstreams.reportOrphans()
  }

  /** Its time has come. Never rejects: what fails is reported. */
  publish(): Promise<void> {
    return this.#modules.completion.publish()
  }

  /** The main server called the transfer off. */
  async cancel(reason: Reason): Promise<void> {
    // What is about to be shown is shown: a receipt may be on its way already.
    await this.#modules.completion.settled()
    if (this.stage === 'active' || this.stage === 'failed') return
    await this.#discard(reason, { reported: false })
  }

  /** Its deactivation time is over. What is about to be shown is shown first, and taken out then. */
  async expire(expired: TreecastError): Promise<void> {
    await this.#modules.completion.settled()
    this.fail(expired)
  }

  /** The delivery cannot be finished here; reported with its reason. */
  fail(error: unknown): void {
    if (this.stage === 'failed' || this.stage === 'active') return
    const { log, reports } = this.#options.means
    log.warn('a transfer failed here', { transfer: this.manifest.transfer, error: messageOf(error) })
    const failure = this.#modules.reports.ownFailure(error)
    const { code, message } = failure
    const received = this.stage === 'received'
    if (!received) {
      reports.failure(failure)
      this.upstreams.tellFailure(failure)
    }
    void this.#discard({ code, message }, { reported: received })
  }

  /** Stops working on it; what is on the disk stays for the next start. Harmless to repeat. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    const { upstreams, reception, serving, progress, completion } = this.#modules
    this.#stopTimers()
    this.#endTimer?.cancel()
    upstreams.stop()
    reception.stop()
    serving.stop()
    await progress.settled().catch(() => undefined)
    await completion.settled()
    await this.#options.content.close()
  }

  #fetchedAll(): void {
    const { upstreams, reception } = this.#modules
    reception.acknowledge()
    upstreams.finish()
    reception.stop()
    this.#stopTimers()
  }

  #stopTimers(): void {
    for (const timer of this.#timers) timer.cancel()
  }

  /** `reported`: the main server has the receipt of its content, and hears of this end as surely. */
  async #discard(reason: Reason, { reported }: { readonly reported: boolean }): Promise<void> {
    const { means, manifest } = this.#options
    const received = this.stage === 'received'
    this.#modules.completion.end()
    means.times.forget(manifest.transfer)
    this.#failure = reason
    this.serving.stop(reason)
    try {
      await this.stop()
      await clearAway({ ...means, manifest }, { reason, received, reported })
    } catch (error) {
      const facts = { transfer: manifest.transfer, error: messageOf(error) }
      means.log.error('a transfer that ended here could not be cleared away', facts)
    }
    this.#options.ended()
    this.#options.settled(reason)
  }

  /** Nothing is fetched and nobody served any more: stays for late children a while, then goes. */
  #considerEnd(): void {
    if ((this.stage !== 'active' && this.stage !== 'received') || !this.serving.routing.branches.idle) return
    if (this.stage === 'active') this.#options.settled(undefined)
    this.#endTimer?.cancel()
    this.#endTimer = this.#options.means.clock.after(
      LIMITS.transferLingerMs,
      () => {
        if (!this.serving.routing.branches.idle) return
        void this.stop().then(() => this.#options.ended())
      },
      { background: true },
    )
  }
}
