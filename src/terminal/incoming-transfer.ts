/**
 * The life of one transfer at a terminal, from the transport request to the content in the inbox.
 *
 *   open ──request──► receiving ──all held──► finishing ──durable, receipt──► received ──its time, renamed──► active
 *                        │  ▲                     │
 *             upstream lost, reported, new one    └── any error of the disk ──► failed: reported, staging removed
 */

import type { DiskTime } from '../content/disk-time.ts'
import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation } from '../link/conversation.ts'
import { every, type Timer } from '../system/clock.ts'
import { type ErrorCode, invariant, messageOf, TreecastError } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { activate, clearAway, clearPublished, type Delivery, makeDurable, readEntries } from './delivery.ts'
import type { HeldTicket } from './downstream.ts'
import { DurableProgress } from './durable-progress.ts'
import type { PacketsHere } from './own-content.ts'
import { PacketFinder } from './packet-finder.ts'
import { progressPeriodMs } from './progress-period.ts'
import type { Reason } from './receipt-outbox.ts'
import { Reception } from './reception.ts'
import type { CheckedRequest } from './request-admission.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { sendLimits } from './send-limit.ts'
import { Serving } from './serving.ts'
import type { NewTransfer } from './state-file.ts'
import type { Stage } from './state-schema.ts'
import type { TerminalMeans } from './terminal-means.ts'
import { TransferReports } from './transfer-reports.ts'
import { UpstreamRouting, type UpstreamRoutingOptions } from './upstream-routing.ts'
import type { WholeContent } from './whole-content.ts'

export interface IncomingOptions {
  readonly means: TerminalMeans
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
  readonly sealing: SealingFacts
  readonly file: OpenFile
  readonly content: StoredContent
  /** Of `content`. */
  readonly disk: DiskTime
  readonly stage: Stage
  /** What lies at the destination already, if anything. */
  readonly earlier?: PacketsHere | undefined
  /** Of a content that came whole: the state says nothing of it before it is durable. */
  readonly unrecorded?: NewTransfer | undefined
  /** Nothing is left to do here and nobody to serve: the transfer may be let go. */
  readonly ended: () => void
  /** The content is active and everyone below has it; or the transfer failed here. May come again for late children. */
  readonly settled: (error: Reason | undefined) => void
}

export class IncomingTransfer {
  readonly serving: Serving
  readonly #options: IncomingOptions
  readonly upstreams: UpstreamRouting
  readonly #reception: Reception
  readonly #reports: TransferReports
  readonly #progress: DurableProgress
  readonly #startedAtMs: number
  /** Requests whose targets are not dealt yet: too little is held. */
  readonly #undealt: CheckedRequest[] = []
  readonly #timers: Timer[] = []
  #stage: Stage | 'finishing' | 'failed'
  #failure: Reason | undefined
  #entriesChecked = false
  /** The last steps of the delivery, once they are under way. Never rejects. */
  #finishing: Promise<void> | undefined
  #reusedBytes = 0
  #endTimer: Timer | undefined
  #stopped: Promise<void> | undefined

  constructor(options: IncomingOptions) {
    const { means, manifest, content, sealing, ticket } = options
    this.#options = options
    this.#stage = options.stage
    this.#startedAtMs = means.clock.monotonic()
    this.#progress = new DurableProgress({
      transfer: manifest.transfer,
      content,
      state: means.state,
      failed: (error) => this.fail(error),
    })
    this.serving = new Serving({
      clock: means.clock,
      sockets: means.sockets,
      transfer: manifest.transfer,
      manifest: options.signedManifest,
      ownTicket: ticket.signed,
      fanOut: manifest.fanOut,
      content,
      sealing,
      limits: sendLimits(means, manifest),
      events: {
        acknowledged: () => this.#reports.progress(),
        failed: (target, stripe, error, exhausted) => this.#reports.downstreamFailed(target, stripe, error, exhausted),
        closed: () => this.#considerEnd(),
      },
    })
    const hasTwins = manifest.cut === 'content' && options.unrecorded === undefined
    this.#reception = new Reception({
      content,
      sealing,
      handle: ticket.ticket.handle,
      stripes: manifest.stripes,
      packetBytes: manifest.packetBytes,
      clock: means.clock,
      verifyTable: means.verifyTable,
      finder: new PacketFinder({ content, earlier: options.earlier, hasTwins }),
      events: {
        tableStored: (segment) => this.#tableStored(segment),
        packetChecked: (index, sealed) => this.serving.packetArrived(index, sealed),
        packetStored: (index) => this.#packetStored(index),
        packetReused: (index) => this.#packetReused(index),
        refused: () => means.meter.count('treecast_packets_refused_total'),
        failed: (error) => this.fail(error),
        upstreamFailed: (upstream, error) => this.upstreams.lost(upstream, error),
      },
    })
    this.#reports = new TransferReports({ ...options, serving: this.serving, reception: this.#reception })
    this.upstreams = new UpstreamRouting({
      clock: means.clock,
      sockets: means.sockets,
      reports: means.reports,
      transfer: manifest.transfer,
      stripes: manifest.stripes,
      ticket,
      reception: this.#reception,
      serves: (handle, stripe) => this.serving.routing.isExpecting(handle, stripe),
      servesAny: (stripe) => this.serving.routing.servesIn(stripe),
      need: () => this.#need(),
    })
    if (this.#stage === 'receiving') {
      this.#timers.push(
        every(means.clock, progressPeriodMs(manifest), () => this.#reports.progress()),
        every(means.clock, LIMITS.orphanReportMs, () => this.upstreams.reportOrphans()),
        every(means.clock, LIMITS.stallCheckMs, () => this.upstreams.watch()),
      )
    }
  }

  get manifest(): Manifest {
    return this.#options.manifest
  }

  get stage() {
    return this.#stage
  }

  /** Goes on after a restart: publishes what was received, or asks for what is missing. */
  resume(): void {
    if (this.#stage === 'received') this.#finishing = this.#publishInTime().catch((error: unknown) => this.fail(error))
    else if (this.#options.content.complete) this.#finish()
    else this.upstreams.reportOrphans()
  }

  /** Serves those below, and takes the sender's offer. @throws what the transfer failed with, while that is cleared away */
  async request(request: CheckedRequest): Promise<void> {
    if (this.#failure !== undefined) throw new TreecastError(this.#failure.code as ErrorCode, this.#failure.message)
    this.#undealt.push(request)
    this.#dealWhenReady()
    await this.upstreams.take(request)
  }

  /** The main server sent all of it at once. What does not pass its checks is asked for, as if it had been lost on its way. */
  deliver(whole: WholeContent): void {
    if (this.#need() !== 'wanted') return
    this.upstreams.given()
    try {
      if (!this.#reception.takeWhole(whole)) this.upstreams.reportOrphans()
    } catch (error) {
      this.fail(error)
    }
  }

  packet(handle: number, header: PacketHeader, sealed: Uint8Array): void {
    this.#reception.packet(handle, header, sealed)
  }

  /** An upstream said NOT_HELD on the request link. */
  notHeld(requests: Conversation, stripe: number, base: number, ranges: readonly number[]): void {
    for (const upstream of this.#reception.upstreams()) {
      if (upstream.requests === requests && upstream.stripe === stripe) this.#reception.notHeld(upstream, base, ranges)
    }
  }

  /** The main server called the transfer off. */
  async cancel(reason: Reason): Promise<void> {
    // What is about to be shown is shown: a receipt may be on its way already.
    await this.#finishing
    if (this.#stage === 'active' || this.#stage === 'failed') return
    await this.#discard(reason, { reported: false })
  }

  /** The delivery cannot be finished here; reported with its reason. */
  fail(error: unknown): void {
    if (this.#stage === 'failed' || this.#stage === 'active') return
    this.#options.means.log.warn('a transfer failed here', {
      transfer: this.manifest.transfer,
      error: messageOf(error),
    })
    const failure = this.#reports.ownFailure(error)
    const { code, message } = failure
    const received = this.#stage === 'received'
    if (!received) {
      this.#options.means.reports.failure(failure)
      this.upstreams.tellFailure(failure)
    }
    void this.#discard({ code, message }, { reported: received })
  }

  /** Its deactivation time is over. What is about to be shown is shown first, and taken out then. */
  async expire(expired: TreecastError): Promise<void> {
    await this.#finishing
    this.fail(expired)
  }

  /** Its time has come. Never rejects: what fails is reported. */
  async publish(): Promise<void> {
    if (this.#stage !== 'received') return
    this.#finishing = this.#activate().catch((error: unknown) => this.fail(error))
    await this.#finishing
  }

  /** Stops working on it; what is on the disk stays for the next start. Harmless to repeat. */
  stop(): Promise<void> {
    this.#stopped ??= this.#stop()
    return this.#stopped
  }

  async #stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    this.#endTimer?.cancel()
    this.upstreams.stop()
    this.#reception.stop()
    this.serving.stop()
    await this.#progress.settled().catch(() => undefined)
    await this.#finishing
    await this.#options.content.close()
  }

  #tableStored(segment: number): void {
    const bytes = this.#options.content.table(segment)
    invariant(bytes !== undefined, 'a stored table is there')
    this.#progress.tableStored(segment, bytes)
    this.serving.tableArrived(segment)
    // Empty content is complete with its only table.
    this.#dealWhenReady()
    this.#finishWhenComplete()
  }

  #packetStored(index: number): void {
    this.serving.packetStored(index)
    this.#checkEntries()
    this.#progress.packetStored(this.#options.content.place(index)?.facts.plainBytes ?? 0)
    this.#dealWhenReady()
    const isRecorded = this.#options.unrecorded === undefined
    if (this.#progress.isDue && isRecorded && this.#stage === 'receiving') this.#progress.keep()
    this.#finishWhenComplete()
  }

  #packetReused(index: number): void {
    const bytes = this.#options.content.place(index)?.facts.plainBytes ?? 0
    this.#reusedBytes += bytes
    this.#options.means.meter.count('treecast_reused_bytes_total', bytes)
  }

  /** A list that will be refused is refused before the rest of the content moves. */
  #checkEntries(): void {
    if (this.#entriesChecked || !this.#options.content.entryListHeld) return
    this.#entriesChecked = true
    readEntries(this.#options).catch((error: unknown) => this.fail(error))
  }

  #dealWhenReady(): void {
    const { manifest, content } = this.#options
    if (content.heldBytes < manifest.relayAfterBytes && !content.complete) return
    for (const request of this.#undealt.splice(0)) {
      // Its upstream may be another than the one that sent this request, and deeper.
      const depth = Math.max(request.depth, this.upstreams.depthIn(request.stripe)) + 1
      this.serving.routing.relay({ ...request, depth })
    }
  }

  #finishWhenComplete(): void {
    if (this.#options.content.complete && this.#stage === 'receiving') this.#finish()
  }

  #finish(): void {
    this.#stage = 'finishing'
    this.#finishing = this.#makeDurable()
      .then(() => this.#publishInTime())
      .catch((error: unknown) => this.fail(error))
  }

  async #makeDurable(): Promise<void> {
    const { means } = this.#options
    await this.#progress.settled()
    const receipt = await makeDurable(this.#delivery(), this.#progress.newTables, this.#elapsedMs())
    // It failed meanwhile: what was kept is about to be forgotten.
    if (this.#failure !== undefined) return
    this.#stage = 'received'
    if (!this.#isToldOnce) {
      this.#reports.progress()
      means.reports.receipt(receipt)
    }
    this.#reception.acknowledge(false)
    this.upstreams.finish()
    this.#reception.stop()
    for (const timer of this.#timers) timer.cancel()
  }

  /** Publishes what has no time to wait for. */
  async #publishInTime(): Promise<void> {
    if (this.#failure !== undefined) return
    const { transfer, activateAtMs, deactivateAtMs } = this.manifest
    if (activateAtMs === null && deactivateAtMs === null) return this.#activate()
    this.#options.means.times.schedule({ transfer, stage: 'received', activateAtMs, deactivateAtMs })
    this.#considerEnd()
  }

  async #activate(): Promise<void> {
    const { means, manifest } = this.#options
    const receipt = await activate({ ...means, manifest, isToldOnce: this.#isToldOnce })
    this.#stage = 'active'
    means.meter.count('treecast_contents_activated_total')
    const { transfer, destination } = manifest
    means.log.info('content is active', { transfer, destination, reusedBytes: this.#reusedBytes || undefined })
    means.reports.receipt(receipt)
    means.times.schedule({ ...manifest, stage: 'active' })
    this.#considerEnd()
    await clearPublished(means, manifest.transfer)
  }

  /** What came whole and is shown at once: its last receipt says all that there is to say. */
  get #isToldOnce(): boolean {
    const { unrecorded, manifest } = this.#options
    return unrecorded !== undefined && manifest.activateAtMs === null && manifest.deactivateAtMs === null
  }

  #delivery(): Delivery {
    const { means, manifest, ticket, content, disk, file, unrecorded } = this.#options
    return { ...means, manifest, node: ticket.ticket.node, content, disk, file, unrecorded }
  }

  #elapsedMs(): number {
    return this.#options.means.clock.monotonic() - this.#startedAtMs
  }

  /** The main server has just come back: says how far this terminal is, and whom it lacks. */
  reportRoute(): void {
    if (this.#stage !== 'receiving') return
    this.upstreams.reportRoute()
    this.#reports.forget()
    this.#reports.progress()
    this.upstreams.reportOrphans()
  }

  #need(): ReturnType<UpstreamRoutingOptions['need']> {
    if (this.#stage === 'receiving') return 'wanted'
    if (this.#stage === 'failed') return 'none'
    return this.#stage === 'finishing' ? 'held' : 'durable'
  }

  /** `reported`: the main server has the receipt of its content, and hears of this end as surely. */
  async #discard(reason: Reason, { reported }: { readonly reported: boolean }): Promise<void> {
    const { means, manifest } = this.#options
    const received = this.#stage === 'received'
    this.#stage = 'failed'
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
    if ((this.#stage !== 'active' && this.#stage !== 'received') || !this.serving.routing.idle) return
    if (this.#stage === 'active') this.#options.settled(undefined)
    this.#endTimer?.cancel()
    this.#endTimer = this.#options.means.clock.after(
      LIMITS.transferLingerMs,
      () => {
        if (!this.serving.routing.idle) return
        void this.stop().then(() => this.#options.ended())
      },
      { background: true },
    )
  }
}
