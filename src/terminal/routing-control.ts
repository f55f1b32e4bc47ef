/**
 * The routing control module 46 of FIG. 2C, downstream side: deals a transport request's targets, sends each relay its modified request,
 * and promotes the next of the same hand when one cannot be reached or fails. All hands are tried side by side.
 *
 *   deal → dial → TRANSPORT_REQUEST → (ROUTE_ACK within LIMITS.routeAckMs) → child
 *            └──────── failed ────────→ promote() → dial the next of the hand … → exhausted: reported to the main server
 *
 * It never touches packets.
 */

import type { Conversation } from '../link/conversation.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { dealTargets } from '../tree/deal-targets.ts'
import { firstTrial, promote, type Trial } from '../tree/promote.ts'
import { handsOf } from '../tree/shares.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { peerError } from '../wire/reason.ts'
import { type Branch, Branches } from './branches.ts'
import { type Downstream, type HeldTicket, peerOf } from './downstream.ts'
import type { SocketControl } from './socket-control.ts'
import { WantedPackets } from './wanted-packets.ts'

export interface RoutingOptions {
  readonly clock: Clock
  readonly sockets: SocketControl
  readonly transfer: number
  readonly manifest: SignedBytes
  /** This node's own ticket; null at the main server. */
  readonly ownTicket: SignedBytes | null
  readonly fanOut: number
  readonly events: RoutingEvents
}

export interface RoutingEvents {
  /** The child was sent its request; its packets may be prepared. */
  opened(child: Downstream): void
  /** The child is no longer served by this node. */
  closed(child: Downstream): void
  /** The child said that it is in the route. */
  acknowledged(child: Downstream): void
  failed(failure: ChildFailure): void
}

/** A terminal that failed as a child here. */
export interface ChildFailure {
  readonly target: HeldTicket
  readonly stripe: number
  readonly error: Error
  /** Nobody else of its hand will try it again. */
  readonly exhausted: boolean
}

/** Whom a node relays one stripe to. */
export interface RelayTask {
  readonly stripe: number
  /** Of the direct downstreams. */
  readonly depth: number
  /** Best first. */
  readonly below: readonly HeldTicket[]
  /** Who serves each of `below`, as tree/shares.ts has it; null for a classic tree, which every node deals itself. */
  readonly upstreams: readonly number[] | null
}

export class RoutingControl {
  /** Whom this node serves, or is trying to reach. */
  readonly branches = new Branches()
  readonly #options: RoutingOptions
  #stopped = false

  constructor(options: RoutingOptions) {
    this.#options = options
  }

  /** Sends every direct downstream its share of `below`. */
  relay({ stripe, depth, below, upstreams }: RelayTask): void {
    const hands = upstreams === null ? this.#deal(below) : handsOf({ targets: below, upstreams })
    for (const hand of hands) this.#open({ stripe, depth, upstreams: hand.upstreams }, firstTrial(hand))
  }

  /**
   * Serves one more child that has lost its upstream. One that is a child already gets its request again: it would not ask if it
   * still had what it needs.
   */
  adopt(target: HeldTicket, stripe: number, depth: number): void {
    if (this.branches.isDialling(target.ticket.handle, stripe)) return
    // It has its request, and may be too slow to have answered.
    const child = this.branches.find(target.ticket.handle, stripe)
    const sinceMs = this.#options.clock.monotonic() - (child?.requestedAtMs ?? Number.NEGATIVE_INFINITY)
    if (child !== undefined && child.responseMs === null && sinceMs < LIMITS.routeAckMs) return
    this.#open({ stripe, depth, upstreams: null, isAdopted: true }, firstTrial({ relay: target, below: [] }))
  }

  /** The child's ROUTE_ACK came in on this link. */
  routeAcked(child: Downstream, requests: Conversation): void {
    child.requests = requests
    if (child.responseMs !== null) return
    child.responseMs = this.#options.clock.monotonic() - child.requestedAtMs
    this.branches.of(child)?.routeDeadline?.cancel()
    this.#options.events.acknowledged(child)
  }

  /** The child has everything, durably. */
  finished(child: Downstream): void {
    if (child.done) return
    child.done = true
    this.branches.of(child)?.routeDeadline?.cancel()
    this.#options.sockets.release(child.data)
    this.#options.events.closed(child)
  }

  /** A FAILURE about one of the children here. Only the child's own link is believed. */
  childSaysFailure(data: Conversation, { handle, stripe, ...why }: MessageBody<'failure'>): void {
    const child = this.branches.find(handle, stripe)
    if (child?.data === data) this.childFailed(child, peerError(why))
  }

  /** The child failed, by its own word or by what its link did. */
  childFailed(child: Downstream, error: Error): void {
    const branch = this.branches.of(child)
    if (branch !== undefined && !child.done) this.#fail(branch, error)
  }

  /** A link ended: whoever was served over it has failed. */
  linkClosed(conversation: Conversation, error: Error | undefined): void {
    for (const branch of this.branches.all()) {
      const child = branch.child
      if (child === undefined || child.done) continue
      if (child.data === conversation)
        this.#fail(branch, error ?? new TreecastError('E_CLOSED', 'the terminal closed the link'))
      else if (child.requests === conversation) this.#letGoUnlessBack(child)
    }
  }

  /** Ends all branches; children are told by CANCEL when there is a reason. */
  stop(reason?: { code: string; message: string }): void {
    this.#stopped = true
    for (const branch of this.branches.all()) {
      branch.routeDeadline?.cancel()
      const child = branch.child
      if (child === undefined || child.done) continue
      if (reason !== undefined) child.data.send('cancel', { transfer: this.#options.transfer, ...reason })
      this.finished(child)
    }
    this.branches.clear()
  }

  #deal(below: readonly HeldTicket[]) {
    return dealTargets(below, this.#options.fanOut, isLeaf).map((hand) => ({ ...hand, upstreams: null }))
  }

  #open(place: Pick<Branch, 'stripe' | 'depth' | 'upstreams' | 'isAdopted'>, trial: Trial<HeldTicket>): void {
    const branch: Branch = { ...place, trial, child: undefined, routeDeadline: undefined }
    this.branches.add(branch)
    this.#try(branch)
  }

  #try(branch: Branch): void {
    const { trial } = branch
    this.#dial(trial.relay).then(
      (data) => {
        if (this.#stopped) this.#options.sockets.release(data)
        else this.#request(branch, data)
      },
      (error: Error) => {
        if (!this.#stopped) this.#fail(branch, error)
      },
    )
  }

  async #dial(target: HeldTicket): Promise<Conversation> {
    return this.#options.sockets.use(peerOf(target.ticket), 'data')
  }

  #request(branch: Branch, data: Conversation): void {
    const { transfer, manifest, ownTicket, clock } = this.#options
    const { relay, below } = branch.trial
    this.#replace(relay.ticket.handle, branch.stripe)
    if (ownTicket !== null) data.send('ticket', { ticket: ownTicket })
    data.send('transportRequest', {
      manifest,
      stripe: branch.stripe,
      server: ownTicket,
      ticket: relay.signed,
      depth: branch.depth,
      below: below.map((held) => held.signed),
      upstreams: branch.upstreams === null ? null : [...branch.upstreams],
    })
    const child: Downstream = {
      handle: relay.ticket.handle,
      stripe: branch.stripe,
      held: relay,
      wanted: new WantedPackets(LIMITS.wantedPackets),
      data,
      requestedAtMs: clock.monotonic(),
      responseMs: null,
      sentBytes: 0,
      requests: undefined,
      done: false,
    }
    branch.child = child
    branch.routeDeadline = clock.after(LIMITS.routeAckMs, () => {
      const error = new TreecastError('E_NO_ROUTE_ACK', `no route ack within ${LIMITS.routeAckMs} ms`, {
        facts: { transfer },
      })
      this.#fail(branch, error)
    })
    this.#options.events.opened(child)
  }

  /** A terminal has one upstream in a stripe: who is dealt to this node once more is no child of the earlier branch. */
  #replace(handle: number, stripe: number): void {
    const before = this.branches.find(handle, stripe)
    const branch = before && this.branches.of(before)
    if (before === undefined || branch === undefined) return
    branch.routeDeadline?.cancel()
    this.branches.delete(branch)
    this.finished(before)
  }

  #fail(branch: Branch, error: Error): void {
    branch.routeDeadline?.cancel()
    const { child, trial } = branch
    branch.child = undefined
    if (child !== undefined) {
      this.#options.sockets.release(child.data)
      this.#options.events.closed(child)
    }
    const promotion = promote(trial, trial.relay, isLeaf)
    if (promotion.kind === 'promoted') {
      this.#options.events.failed({ target: trial.relay, stripe: branch.stripe, error, exhausted: false })
      branch.trial = promotion.trial
      this.#try(branch)
      return
    }
    this.branches.delete(branch)
    if (promotion.kind !== 'exhausted') return
    const { stripe, depth } = branch
    for (const target of promotion.failed) this.#options.events.failed({ target, stripe, error, exhausted: true })
    for (const leaf of promotion.untried)
      this.#open({ stripe, depth, upstreams: null }, firstTrial({ relay: leaf, below: [] }))
  }

  /** The link on which the child asks is gone. One that does not come back on another asks somebody else by now, or nobody. */
  #letGoUnlessBack(child: Downstream): void {
    child.requests = undefined
    const letGo = () => {
      if (child.requests === undefined && this.branches.of(child) !== undefined) this.finished(child)
    }
    this.#options.clock.after(LIMITS.idleLinkMs, letGo, { background: true })
  }
}

function isLeaf(target: HeldTicket): boolean {
  return target.ticket.leaf
}
