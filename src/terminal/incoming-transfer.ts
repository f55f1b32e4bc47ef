/**
 * The life of one transfer at a terminal, from the transport request to the content in the inbox.
 *
 *   open ──request──► receiving ──all held──► finishing ──durable, receipt──► received ──renamed──► active
 *                        │  ▲                     │
 *             upstream lost, reported, new one    └── any error of the disk ──► failed: reported, staging removed
 */

import { type Inbox, stagedPath } from '../content/inbox.ts'
import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation } from '../link/conversation.ts'
import type { VerifyBytes } from '../seal/packet-table-codec.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import { codeOf, invariant, messageOf, TreecastError } from '../system/errors.ts'
import type { Files, OpenFile } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { activate, type Delivery, makeDurable } from './delivery.ts'
import { type HeldTicket, peerOf } from './downstream.ts'
import { Reception, type Upstream } from './reception.ts'
import type { Reports } from './reports.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { Serving } from './serving.ts'
import type { Peer, SocketControl } from './socket-control.ts'
import type { Stage, StateFile } from './state-file.ts'

/** What every transfer at this terminal works with. */
export interface TerminalMeans {
  readonly clock: Clock
  readonly files: Files
  readonly log: Log
  readonly inbox: Inbox
  readonly state: StateFile
  readonly sockets: SocketControl
  readonly reports: Reports
  /** Signs a receipt with this terminal's key. */
  readonly signReceipt: (payload: Uint8Array) => SignedBytes
  readonly verifyTable: VerifyBytes
}

export interface IncomingOptions {
  readonly means: TerminalMeans
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
  readonly sealing: SealingFacts
  readonly file: OpenFile
  readonly content: StoredContent
  readonly stage: Stage
  /** Nothing is left to do here and nobody to serve: the transfer may be let go. */
  readonly ended: () => void
}

/** A transport request that was checked. */
export interface CheckedRequest {
  readonly stripe: number
  readonly upstream: number
  readonly server: Peer
  readonly depth: number
  readonly below: readonly HeldTicket[]
  /** Tells the sender of the request that this terminal has failed. */
  readonly tellServer: (failure: MessageBody<'failure'>) => void
}

/** An upstream is called silent after this many of its usual pauses. */
const STALL_PAUSES = 8

/** A node that has offered to serve a stripe and is not needed yet. */
interface Spare extends Pick<Upstream, 'handle' | 'stripe' | 'requests'> {
  readonly depth: number
}

interface Failed extends Pick<MessageBody<'failure'>, 'about' | 'stripe' | 'handle' | 'final'> {
  readonly error: unknown
}

export class IncomingTransfer {
  readonly serving: Serving
  readonly #options: IncomingOptions
  readonly #reception: Reception
  readonly #startedAtMs: number
  /** Requests whose targets are not dealt yet: too little is held. */
  readonly #undealt: CheckedRequest[] = []
  readonly #servers = new Map<number, CheckedRequest['tellServer']>()
  /** Oldest offer first. */
  #spares: Spare[] = []
  /** By stripe: the terminal that the main server named as the new upstream, until it serves. */
  readonly #awaited = new Map<number, number>()
  /** By stripe: edges between the first server and this terminal. */
  readonly #depth = new Map<number, number>()
  readonly #newTables = new Map<number, Uint8Array>()
  readonly #timers: Timer[] = []
  #stage: Stage | 'finishing' | 'failed'
  #syncing: Promise<void> | undefined
  /** The last steps of the delivery, once they are under way. Never rejects. */
  #finishing: Promise<void> | undefined
  #unsyncedBytes = 0
  #reportedBytes = -1
  #endTimer: Timer | undefined

  constructor(options: IncomingOptions) {
    const { means, manifest, content, sealing, ticket } = options
    this.#options = options
    this.#stage = options.stage
    this.#startedAtMs = means.clock.monotonic()
    this.serving = new Serving({
      clock: means.clock,
      sockets: means.sockets,
      transfer: manifest.transfer,
      manifest: options.signedManifest,
      ownTicket: ticket.signed,
      fanOut: manifest.fanOut,
      content,
      sealing,
      events: {
        acknowledged: () => this.#reportProgress(),
        failed: (target, stripe, error, exhausted) => this.#reportDownstream(target, stripe, error, exhausted),
        closed: () => this.#considerEnd(),
      },
    })
    this.#reception = new Reception({
      content,
      sealing,
      handle: ticket.ticket.handle,
      stripes: manifest.stripes,
      packetBytes: manifest.packetBytes,
      clock: means.clock,
      verifyTable: means.verifyTable,
      events: {
        tableStored: (segment) => this.#tableStored(segment),
        packetChecked: (index, sealed) => this.serving.packetArrived(index, sealed),
        packetStored: (index) => this.#packetStored(index),
        failed: (error) => this.fail(error),
        upstreamFailed: (upstream, error) => this.#upstreamLost(upstream, error),
      },
    })
    if (this.#stage === 'receiving') {
      this.#timers.push(
        every(means.clock, LIMITS.progressMs, () => this.#reportProgress()),
        every(means.clock, LIMITS.orphanReportMs, () => this.#reportOrphans()),
        every(means.clock, LIMITS.stallCheckMs, () => this.#watchUpstreams()),
      )
    }
  }

  get manifest(): Manifest {
    return this.#options.manifest
  }

  get stage() {
    return this.#stage
  }

  /** Edges between the first server and this terminal. */
  depthIn(stripe: number): number {
    return this.#depth.get(stripe) ?? 1
  }

  /** Goes on after a restart: publishes what was received, or asks for what is missing. */
  resume(): void {
    if (this.#stage === 'received') this.#finishing = this.#activate().catch((error: unknown) => this.fail(error))
    else if (this.#options.content.complete) this.#finish()
    else this.#reportOrphans()
  }

  /**
   * Serves those below, and takes the sender as upstream: at once when the stripe has none or the main server wants it so, else as a
   * spare for when the present one is lost.
   */
  async request(request: CheckedRequest): Promise<void> {
    const { means, manifest, ticket } = this.#options
    const { stripe, upstream: handle, depth } = request
    const routeAck = { transfer: manifest.transfer, stripe, upstream: handle, depth }
    if (this.#replacesUpstream(request)) means.reports.routed(routeAck)
    this.#servers.set(handle, request.tellServer)
    this.#undealt.push(request)
    this.#dealWhenReady()
    try {
      const requests = await means.sockets.use(request.server, 'requests')
      requests.send('ticket', { ticket: ticket.signed })
      requests.send('routeAck', routeAck)
      if (this.#stage === 'failed') means.sockets.release(requests)
      else if (this.#stage !== 'receiving' && this.#stage !== 'finishing') this.#tellDurable(requests, stripe)
      else if (this.#replacesUpstream(request)) this.#take({ handle, stripe, requests, depth })
      else this.#spares.push({ handle, stripe, requests, depth })
    } catch (error) {
      this.#reportFailure({ about: 'upstream', stripe, handle, error, final: false })
    }
  }

  /** The main server names a terminal that shall serve the stripe from now on: asks it to. */
  async reroute(stripe: number, upstream: HeldTicket): Promise<void> {
    if (this.#stage !== 'receiving') return
    const { means, manifest, ticket } = this.#options
    const { handle } = upstream.ticket
    this.#awaited.set(stripe, handle)
    try {
      const requests = await means.sockets.use(peerOf(upstream.ticket), 'requests')
      requests.send('ticket', { ticket: ticket.signed })
      requests.send('routeAck', { transfer: manifest.transfer, stripe, upstream: handle, depth: 0 })
      means.sockets.release(requests)
    } catch (error) {
      this.#awaited.delete(stripe)
      this.#reportFailure({ about: 'upstream', stripe, handle, error, final: false })
    }
  }

  /** The terminal that was to serve the stripe cannot: the main server is asked for another. */
  refused(stripe: number): void {
    if (this.#awaited.delete(stripe)) this.#reportOrphans()
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

  /** A node that serves this terminal is gone or gave up. */
  upstreamGone(matches: (upstream: Pick<Upstream, 'handle' | 'requests'>) => boolean, error: Error): void {
    for (const spare of this.#spares.filter(matches)) this.#options.means.sockets.release(spare.requests)
    this.#spares = this.#spares.filter((spare) => !matches(spare))
    for (const upstream of this.#reception.upstreams()) if (matches(upstream)) this.#upstreamLost(upstream, error)
  }

  /** The main server called the transfer off. */
  async cancel(reason: { code: string; message: string }): Promise<void> {
    // What is about to be shown is shown: a receipt may be on its way already.
    await this.#finishing
    if (this.#stage === 'active' || this.#stage === 'failed') return
    await this.#discard(reason)
  }

  /** The delivery cannot be finished here; reported with its reason. */
  fail(error: unknown): void {
    if (this.#stage === 'failed' || this.#stage === 'active') return
    this.#options.means.log.warn('a transfer failed here', {
      transfer: this.manifest.transfer,
      error: messageOf(error),
    })
    const { handle: self } = this.#options.ticket.ticket
    const failure = this.#failure({ about: 'self', stripe: 0, handle: self, error: this.#explain(error), final: false })
    this.#options.means.reports.failure(failure)
    for (const { stripe, handle } of this.#reception.upstreams()) this.#servers.get(handle)?.({ ...failure, stripe })
    void this.#discard({ code: codeOf(error), message: messageOf(error) })
  }

  /** Stops working on it; what is on the disk stays for the next start. */
  async stop(): Promise<void> {
    for (const timer of this.#timers) timer.cancel()
    this.#endTimer?.cancel()
    for (const { requests } of this.#reception.upstreams()) this.#options.means.sockets.release(requests)
    for (const { requests } of this.#spares.splice(0)) this.#options.means.sockets.release(requests)
    this.#reception.stop()
    this.serving.stop()
    await this.#syncing?.catch(() => undefined)
    await this.#finishing
    await this.#options.content.close()
  }

  #tableStored(segment: number): void {
    const bytes = this.#options.content.table(segment)
    invariant(bytes !== undefined, 'a stored table is there')
    this.#newTables.set(segment, bytes)
    this.serving.tableArrived(segment)
    // Empty content is complete with its only table.
    this.#dealWhenReady()
    this.#finishWhenComplete()
  }

  #packetStored(index: number): void {
    this.serving.packetStored(index)
    this.#unsyncedBytes += this.#options.content.place(index)?.facts.plainBytes ?? 0
    this.#dealWhenReady()
    if (this.#unsyncedBytes >= LIMITS.syncEveryBytes) this.#syncProgress()
    this.#finishWhenComplete()
  }

  #dealWhenReady(): void {
    const { manifest, content } = this.#options
    if (content.heldBytes < manifest.relayAfterBytes && !content.complete) return
    for (const { below, stripe, depth } of this.#undealt.splice(0)) this.serving.routing.relay(below, stripe, depth + 1)
  }

  #syncProgress(): void {
    if (this.#syncing !== undefined || this.#stage !== 'receiving') return
    const { means, content, manifest } = this.#options
    this.#unsyncedBytes = 0
    const tables = new Map(this.#newTables)
    this.#newTables.clear()
    this.#syncing = content
      .sync()
      .then((durable) => means.state.keepProgress(manifest.transfer, durable, tables))
      .finally(() => {
        this.#syncing = undefined
      })
    this.#syncing.catch((error: unknown) => this.fail(error))
  }

  #finishWhenComplete(): void {
    if (this.#options.content.complete && this.#stage === 'receiving') this.#finish()
  }

  #finish(): void {
    this.#stage = 'finishing'
    this.#finishing = this.#makeDurable()
      .then(() => this.#activate())
      .catch((error: unknown) => this.fail(error))
  }

  async #makeDurable(): Promise<void> {
    const { means } = this.#options
    await this.#syncing
    const receipt = await makeDurable(this.#delivery(), this.#newTables, this.#elapsedMs())
    this.#stage = 'received'
    this.#reportProgress()
    means.reports.receipt(receipt)
    this.#reception.acknowledge(false)
    for (const { requests, stripe } of this.#reception.upstreams()) this.#tellDurable(requests, stripe)
    for (const { requests, stripe } of this.#spares.splice(0)) this.#tellDurable(requests, stripe)
    this.#reception.stop()
  }

  async #activate(): Promise<void> {
    const { means, manifest } = this.#options
    const receipt = await activate(this.#delivery(), this.#elapsedMs())
    this.#stage = 'active'
    for (const timer of this.#timers) timer.cancel()
    means.log.info('content is active', { transfer: manifest.transfer, destination: manifest.destination })
    means.reports.receipt(receipt)
    this.#considerEnd()
  }

  #delivery(): Delivery {
    const { means, manifest, ticket, content, file } = this.#options
    return { ...means, manifest, node: ticket.ticket.node, content, file }
  }

  #elapsedMs(): number {
    return this.#options.means.clock.monotonic() - this.#startedAtMs
  }

  /** The stripe gets another upstream: the one before it need not keep this terminal as its child. */
  #leaveUpstream(stripe: number, next: Conversation): void {
    const before = this.#reception.upstreams().find((upstream) => upstream.stripe === stripe)
    if (before === undefined) return
    if (before.requests === next) this.#options.means.sockets.release(next)
    else this.#tellDurable(before.requests, stripe)
  }

  /** Tells an upstream that nothing more is needed of it, and lets its link go. */
  #tellDurable(requests: Conversation, stripe: number): void {
    requests.send('ack', { transfer: this.manifest.transfer, stripe, ranges: [], durable: true })
    this.#options.means.sockets.release(requests)
  }

  #upstreamLost(upstream: Upstream, error: Error): void {
    if (!this.#reception.loseUpstream(upstream)) return
    this.#options.means.sockets.release(upstream.requests)
    if (this.#stage !== 'receiving') return
    const { stripe, handle } = upstream
    const spare = this.#spares.find((offer) => offer.stripe === stripe)
    if (spare === undefined) {
      this.#reportFailure({ about: 'upstream', stripe, handle, error, final: false })
      return
    }
    this.#spares = this.#spares.filter((offer) => offer !== spare)
    this.#options.means.reports.routed({
      transfer: this.manifest.transfer,
      stripe,
      upstream: spare.handle,
      depth: spare.depth,
    })
    this.#take(spare)
  }

  #replacesUpstream({ stripe, upstream }: CheckedRequest): boolean {
    if (upstream === FIRST_SERVER_HANDLE || this.#awaited.get(stripe) === upstream) return true
    const present = this.#reception.upstreams().find((other) => other.stripe === stripe)
    return present === undefined || present.handle === upstream
  }

  #take({ stripe, handle, requests, depth }: Spare): void {
    this.#awaited.delete(stripe)
    this.#depth.set(stripe, depth)
    this.#leaveUpstream(stripe, requests)
    this.#reception.setUpstream(stripe, handle, requests)
  }

  /** An upstream that owes packets and sends none may be stuck, or starved itself: the main server sees which, and helps. */
  #watchUpstreams(): void {
    if (this.#stage !== 'receiving') return
    const nowMs = this.#options.means.clock.monotonic()
    for (const upstream of this.#reception.upstreams()) {
      const quietMs = nowMs - upstream.heardAtMs
      // On a slow link, or a busy machine, long pauses are usual.
      const patienceMs = Math.max(LIMITS.stallMs, STALL_PAUSES * upstream.pauseMs)
      if (quietMs < patienceMs || nowMs - upstream.complainedAtMs < patienceMs) continue
      upstream.complainedAtMs = nowMs
      const error = new TreecastError('E_STALLED', `the upstream has sent nothing for ${Math.round(quietMs)} ms`)
      const { stripe, handle } = upstream
      const spared = this.#spares.some((offer) => offer.stripe === stripe)
      // Nobody has helped after the second complaint: the main server may be away.
      if (spared && quietMs > 2 * patienceMs) this.#upstreamLost(upstream, error)
      else this.#reportFailure({ about: 'upstream', stripe, handle, error, final: false })
    }
  }

  /** The main server has just come back: says where this terminal is in the route, and who it lacks. */
  reportRoute(): void {
    if (this.#stage !== 'receiving') return
    for (const { stripe, handle } of this.#reception.upstreams()) {
      const depth = this.depthIn(stripe)
      this.#options.means.reports.routed({ transfer: this.manifest.transfer, stripe, upstream: handle, depth })
    }
    this.#reportedBytes = -1
    this.#reportProgress()
    this.#reportOrphans()
  }

  /** Asks the main server for an upstream in every stripe that has none. */
  #reportOrphans(): void {
    if (this.#stage !== 'receiving') return
    const served = new Set(this.#reception.upstreams().map((upstream) => upstream.stripe))
    for (let stripe = 0; stripe < this.manifest.stripes; stripe++) {
      if (served.has(stripe)) continue
      const error = new TreecastError('E_NO_UPSTREAM', 'nobody serves this terminal')
      this.#reportFailure({ about: 'upstream', stripe, handle: FIRST_SERVER_HANDLE, error, final: false })
    }
  }

  #reportProgress(): void {
    const { means, content, manifest } = this.#options
    if (content.heldBytes + this.serving.sentBytes === this.#reportedBytes) return
    this.#reportedBytes = content.heldBytes + this.serving.sentBytes
    means.reports.progress({
      transfer: manifest.transfer,
      packets: content.held.size,
      bytes: content.heldBytes,
      upstreams: this.#reception.upstreams().map(({ handle, bytes, refused }) => ({ handle, bytes, refused })),
      // The message holds no more; a node with more leaves below it than that has no better place for them.
      downstreams: this.serving.routing
        .children()
        .slice(-128)
        .map(({ handle, sentBytes, responseMs }) => ({ handle, bytes: sentBytes, responseMs })),
    })
  }

  #reportDownstream(target: HeldTicket, stripe: number, error: Error, exhausted: boolean): void {
    this.#reportFailure({ about: 'downstream', stripe, handle: target.ticket.handle, error, final: exhausted })
  }

  #reportFailure(failed: Failed): void {
    this.#options.means.reports.failure(this.#failure(failed))
  }

  #failure({ error, ...failed }: Failed): MessageBody<'failure'> {
    const message = messageOf(error).slice(0, 1000)
    return { transfer: this.manifest.transfer, ...failed, code: codeOf(error), message }
  }

  async #discard(reason: { code: string; message: string }): Promise<void> {
    const { means, manifest } = this.#options
    this.#stage = 'failed'
    this.serving.stop(reason)
    try {
      await this.stop()
      await means.files.remove(stagedPath(means.inbox, manifest.transfer))
      await means.state.forget(manifest.transfer)
    } catch (error) {
      const facts = { transfer: manifest.transfer, error: messageOf(error) }
      means.log.error('a transfer that ended here could not be cleared away', facts)
    }
    this.#options.ended()
  }

  /** Nothing is fetched and nobody served any more: stays for late children a while, then goes. */
  #considerEnd(): void {
    if (this.#stage !== 'active' || !this.serving.routing.idle) return
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

  /** The file system's errors in words that say what to do. */
  #explain(error: unknown): unknown {
    if (codeOf(error) !== 'ENOSPC') return error
    const { ticket, means } = this.#options
    return new TreecastError(
      'E_NO_SPACE',
      `the disk of terminal ${ticket.ticket.name} is full: free space in ${means.inbox.folder} there, or push with --to '!${ticket.ticket.name}'`,
      { cause: error },
    )
  }
}
