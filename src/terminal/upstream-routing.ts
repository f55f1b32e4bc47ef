/**
 * The routing control module 46 of FIG. 2C, upstream side: who serves this terminal in one transfer.
 *
 *   request from a terminal ──► spare ──upstream lost──► upstream ──lost, nobody spare──► reported to the main server, and again
 *   request from the main server, or from whom it named ──► upstream at once
 *
 * The main server's word counts: it sees every terminal's progress. A terminal keeps an upstream that serves it well whatever other
 * terminals offer, so the promotion of a relay does not tear its whole subtree apart. It never touches packets. What is told of the route
 * goes out by route-reports.ts.
 */

import { Conversation } from '../link/conversation.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { PacketNeed } from './completion.ts'
import { type HeldTicket, peerOf } from './downstream.ts'
import type { Reception } from './reception.ts'
import type { Reports } from './reports.ts'
import { type RoutePlace, RouteReports } from './route-reports.ts'
import type { Peer, SocketControl } from './socket-control.ts'
import type { Upstream } from './upstream.ts'

export interface UpstreamRoutingOptions {
  readonly clock: Clock
  readonly sockets: SocketControl
  readonly reports: Reports
  readonly transfer: number
  readonly stripes: number
  /** This terminal's own. */
  readonly ticket: HeldTicket
  readonly reception: Reception
  /** Whether this terminal serves that one: it can be no upstream of this one. */
  readonly serves: (handle: number, stripe: number) => boolean
  /** Whether this terminal serves anybody in the stripe. */
  readonly servesAny: (stripe: number) => boolean
  readonly need: () => PacketNeed
}

/** A node that offers to serve one stripe. */
export interface UpstreamOffer {
  readonly stripe: number
  /** Its handle; 0 is the first server. */
  readonly upstream: number
  /** Where its request link is dialled; or the link on which the pusher sends and takes requests. */
  readonly server: Peer | Conversation
  /** This terminal's depth below it. */
  readonly depth: number
  /** Tells it that this terminal has failed. */
  readonly tellServer: (failure: MessageBody<'failure'>) => void
}

/** Matches a node by its handle or by the link its requests go over. */
export type UpstreamMatch = (upstream: Pick<Upstream, 'handle' | 'requests'>) => boolean

interface Spare extends RoutePlace, Pick<Upstream, 'requests'> {}

/** An upstream is called silent after this many of its usual pauses: on a slow link, or a busy machine, long ones are usual. */
const STALL_PAUSES = 8

export class UpstreamRouting {
  readonly #options: UpstreamRoutingOptions
  readonly #servers = new Map<number, UpstreamOffer['tellServer']>()
  /** Oldest offer first. */
  #spares: Spare[] = []
  /** By stripe: the terminal that the main server named as the new upstream, until it serves. */
  readonly #awaited = new Map<number, { handle: number; order: number }>()
  /** By stripe: edges between the first server and this terminal. */
  readonly #depth = new Map<number, number>()
  readonly #route: RouteReports
  #watchedAtMs: number

  constructor(options: UpstreamRoutingOptions) {
    this.#options = options
    this.#route = new RouteReports(options)
    this.#watchedAtMs = options.clock.monotonic()
  }

  /** Edges between the first server and this terminal. */
  depthIn(stripe: number): number {
    return this.#depth.get(stripe) ?? 1
  }

  /** Takes an offer: as upstream, as spare, or, when nothing is needed any more, with thanks. */
  async take(offer: UpstreamOffer): Promise<void> {
    const { sockets, need } = this.#options
    const { stripe, upstream: handle, depth } = offer
    this.#servers.set(handle, offer.tellServer)
    // Whoever still has an upstream says so once the other serves: it keeps the first until then.
    if (this.#replacesUpstream(offer) && this.#present(stripe) === undefined)
      this.#route.tell({ stripe, handle, depth })
    try {
      const requests = await this.#greet(offer.server, { stripe, handle, depth })
      if (need() === 'none') sockets.release(requests)
      else if (need() === 'durable') this.#thank(requests, stripe)
      else if (this.#replacesUpstream(offer)) this.#use({ handle, stripe, requests, depth })
      else this.#spares.push({ handle, stripe, requests, depth })
    } catch (error) {
      this.#route.tellFailure(stripe, handle, error)
    }
  }

  /** The main server gave all of it at once: nobody is asked for anything. */
  given(): void {
    this.#route.tell({ stripe: 0, handle: FIRST_SERVER_HANDLE, depth: 1 })
  }

  /** The main server names a terminal that shall serve the stripe from now on: asks it to. */
  async reroute(stripe: number, { ticket, order }: { ticket: HeldTicket['ticket']; order: number }): Promise<void> {
    if (this.#options.need() !== 'wanted') return
    const { handle } = ticket
    if (this.#options.serves(handle, stripe)) return this.#route.carriedOut(stripe, order)
    this.#awaited.set(stripe, { handle, order })
    try {
      const requests = await this.#greet(peerOf(ticket), { stripe, handle, depth: 0 })
      this.#options.sockets.release(requests)
    } catch (error) {
      this.#carriedOut(stripe)
      this.#route.tellFailure(stripe, handle, error)
    }
  }

  /** The terminal that was to serve the stripe cannot: the main server is asked for another. */
  refused(stripe: number): void {
    if (this.#carriedOut(stripe)) this.reportOrphans()
  }

  /** A node that serves or would serve is gone or gave up. */
  gone(matches: UpstreamMatch, error: Error): void {
    for (const spare of this.#spares.filter(matches)) this.#options.sockets.release(spare.requests)
    this.#spares = this.#spares.filter((spare) => !matches(spare))
    for (const upstream of this.#options.reception.upstreams()) if (matches(upstream)) this.lost(upstream, error)
  }

  /** An upstream no longer serves: the oldest spare takes its place, or the main server is told. */
  lost(upstream: Upstream, error: Error): void {
    const { reception, sockets, need } = this.#options
    if (!reception.loseUpstream(upstream)) return
    sockets.release(upstream.requests)
    if (need() !== 'wanted') return
    const { stripe, handle } = upstream
    const spare = this.#spares.find((offer) => offer.stripe === stripe && this.#isAbove(offer))
    if (spare === undefined) {
      this.#route.tellFailure(stripe, handle, error)
      return
    }
    this.#spares = this.#spares.filter((offer) => offer !== spare)
    this.#use(spare)
  }

  /** An upstream that owes packets and sends none may be stuck, or starved itself: the main server sees which, and helps. */
  watch(): void {
    const { clock, reception, need } = this.#options
    if (need() !== 'wanted') return
    const nowMs = clock.monotonic()
    // While this process itself stood still, nobody could be heard.
    const stoodStillMs = Math.max(0, nowMs - this.#watchedAtMs - LIMITS.stallCheckMs)
    this.#watchedAtMs = nowMs
    reception.pump()
    for (const upstream of reception.upstreams()) {
      upstream.heardAtMs = Math.min(nowMs, upstream.heardAtMs + stoodStillMs)
      const leastMs = upstream.bytes === 0 ? LIMITS.firstPacketMs : LIMITS.stallMs
      const patienceMs = Math.max(leastMs, STALL_PAUSES * upstream.pauseMs)
      const quietMs = nowMs - upstream.heardAtMs
      if (!reception.owes(upstream) || quietMs < patienceMs || nowMs - upstream.complainedAtMs < patienceMs) continue
      upstream.complainedAtMs = nowMs
      const error = new TreecastError('E_STALLED', `the upstream has sent nothing for ${Math.round(quietMs)} ms`)
      const spared = this.#spares.some(({ stripe }) => stripe === upstream.stripe)
      // Nobody has helped after the first complaint: the main server may be away.
      if (spared && quietMs > 2 * patienceMs) this.lost(upstream, error)
      else this.#route.tellFailure(upstream.stripe, upstream.handle, error)
    }
  }

  /** Says where this terminal is in the route: the main server has just come back. */
  reportRoute(): void {
    for (const { stripe, handle } of this.#options.reception.upstreams()) {
      this.#route.tellAgain({ stripe, handle, depth: this.depthIn(stripe) })
    }
  }

  /** Asks the main server for an upstream in every stripe that has none. */
  reportOrphans(): void {
    const { reception, stripes, need } = this.#options
    if (need() !== 'wanted') return
    const served = new Set(reception.upstreams().map(({ stripe }) => stripe))
    for (let stripe = 0; stripe < stripes; stripe++) {
      if (served.has(stripe)) continue
      this.#route.tellFailure(
        stripe,
        FIRST_SERVER_HANDLE,
        new TreecastError('E_NO_UPSTREAM', 'nobody serves this terminal'),
      )
    }
  }

  /** Tells those who serve that this terminal has failed. */
  tellFailure(failure: MessageBody<'failure'>): void {
    for (const { stripe, handle } of this.#options.reception.upstreams()) {
      this.#servers.get(handle)?.({ ...failure, stripe })
    }
  }

  /** Everything is here for good: lets all who serve or would serve go. */
  finish(): void {
    for (const { requests, stripe } of this.#options.reception.upstreams()) this.#thank(requests, stripe)
    for (const { requests, stripe } of this.#spares.splice(0)) this.#thank(requests, stripe)
  }

  /** Lets all links go without a word. */
  stop(): void {
    for (const { requests } of this.#options.reception.upstreams()) this.#options.sockets.release(requests)
    for (const { requests } of this.#spares.splice(0)) this.#options.sockets.release(requests)
  }

  #replacesUpstream(offer: UpstreamOffer): boolean {
    const { stripe, upstream } = offer
    if (upstream === FIRST_SERVER_HANDLE) return true
    // Whoever gets it from here cannot bring it here, even if the main server has not heard of that yet.
    if (this.#options.serves(upstream, stripe)) return false
    if (this.#awaited.get(stripe)?.handle === upstream) return true
    const present = this.#present(stripe)
    return present === undefined ? this.#mayFollow(offer) : present.handle === upstream
  }

  /**
   * An orphan that serves others may be offered what comes, by way of somebody else, from itself: it takes only who is no deeper than those
   * that it had above it. The main server, which sees all routes, names it another otherwise.
   */
  #mayFollow({ stripe, depth }: UpstreamOffer): boolean {
    const own = this.#depth.get(stripe)
    return own === undefined || depth <= own || !this.#options.servesAny(stripe)
  }

  /** Whether an offer comes from nearer to the first server: depth falls along every way up, so nobody ends below himself. */
  #isAbove({ handle, stripe, depth }: Spare): boolean {
    return depth <= this.depthIn(stripe) && !this.#options.serves(handle, stripe)
  }

  #use({ stripe, handle, requests, depth }: Spare): void {
    const { reception, sockets } = this.#options
    const before = this.#present(stripe)
    this.#carriedOut(stripe)
    this.#depth.set(stripe, depth)
    // The one before need not keep this terminal as its child.
    if (before?.requests === requests) sockets.release(requests)
    else if (before !== undefined) this.#thank(before.requests, stripe)
    reception.setUpstream(stripe, handle, requests)
    this.#route.tell({ stripe, handle, depth })
  }

  #present(stripe: number): Upstream | undefined {
    return this.#options.reception.upstreams().find((upstream) => upstream.stripe === stripe)
  }

  /** The main server's last word for the stripe is done with. @returns whether there was one */
  #carriedOut(stripe: number): boolean {
    const awaited = this.#awaited.get(stripe)
    if (awaited !== undefined) this.#route.carriedOut(stripe, awaited.order)
    return this.#awaited.delete(stripe)
  }

  /** The request link to a node, with this terminal's ticket and route ack said on it. */
  async #greet(server: UpstreamOffer['server'], place: RoutePlace): Promise<Conversation> {
    const isDirect = server instanceof Conversation
    const requests = isDirect ? server : await this.#options.sockets.use(server, 'requests')
    requests.send('ticket', { ticket: this.#options.ticket.signed })
    // Whoever needs nothing only says so: a node that is thanked while it sends a request would take a route ack for a new wish.
    if (this.#options.need() !== 'durable') requests.send('routeAck', this.#route.ackOf(place))
    return requests
  }

  /** Tells a node that nothing more is needed of it, and lets its link go. */
  #thank(requests: Conversation, stripe: number): void {
    requests.send('ack', { transfer: this.#options.transfer, stripe, ranges: [], durable: true })
    this.#options.sockets.release(requests)
  }
}
