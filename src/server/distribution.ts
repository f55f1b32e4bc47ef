/**
 * One running transfer at the main server, the first server of its tree: begins its trees and ends them, and goes on with the deliveries of
 * terminals that come back. How each stands is in delivery-book.ts, what terminals say of it in delivery-reports.ts.
 *
 * A terminal that lost its upstream, or that nobody below could reach, gets another, or is served from here: see rescuer.ts.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { SealingFacts } from '../terminal/sealing-facts.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { Serving } from '../terminal/serving.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import type { Plan, PlanKind } from '../tree/plan.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reasonOf } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { ContentOrigin } from './content-origin.ts'
import { DeliveryBook, type DeliveryBookEvents } from './delivery-book.ts'
import { type DeliveryReportEvents, DeliveryReports } from './delivery-reports.ts'
import { type DeliveryView, isOwed, isSettled } from './delivery-view.ts'
import { DeliveryWatch } from './delivery-watch.ts'
import type { Providers } from './providers.ts'
import { Rescuer } from './rescuer.ts'
import { TreeStart } from './tree-start.ts'
import { WholeSending } from './whole-sending.ts'

export interface DistributionOptions {
  readonly clock: Clock
  readonly log: Log
  readonly sockets: SocketControl
  readonly manifest: Manifest
  readonly tree: PlanKind
  /** Of those that are here; undefined when nobody is to be served at once. */
  readonly plan: Plan | undefined
  readonly signedManifest: SignedBytes
  readonly sealing: SealingFacts
  readonly content: StoredContent
  /** All targets in rank order, those that are offline too. */
  readonly deliveries: readonly DeliveryView[]
  readonly limits?: readonly SendLimit[]
  /** Who has the bytes when the main server has only the tables. */
  readonly providers?: Providers | undefined
  readonly events: DistributionEvents
}

export interface DistributionEvents extends DeliveryBookEvents, DeliveryReportEvents {
  /** Whether a terminal is here now. */
  isPresent(node: NodeId): boolean
  /** Sends a terminal the whole content. */
  deliver(node: NodeId, content: MessageBody<'deliver'>): void
  /** Tells a terminal who serves it from now on. */
  reroute(node: NodeId, reroute: MessageBody<'reroute'>): void
}

export class Distribution {
  readonly serving: Serving
  /** What terminals say of it. */
  readonly reports: DeliveryReports
  /** Where the content comes from. */
  readonly origin: ContentOrigin
  readonly #options: DistributionOptions
  readonly #book: DeliveryBook
  readonly #whole: WholeSending
  readonly #trees: TreeStart
  readonly #rescuer: Rescuer
  readonly #watch: DeliveryWatch

  constructor(options: DistributionOptions) {
    const { clock, sockets, manifest, signedManifest, sealing, content, deliveries, events } = options
    this.#options = options
    this.#book = new DeliveryBook(deliveries, events)
    this.serving = new Serving({
      clock,
      sockets,
      transfer: manifest.transfer,
      manifest: signedManifest,
      ownTicket: null,
      fanOut: manifest.fanOut,
      content,
      sealing,
      limits: options.limits ?? [],
      windowBytes: LIMITS.mainWindowBytes,
      tablesOnly: options.providers !== undefined,
      isFirst: true,
      events: {
        acknowledged: (child) => {
          const delivery = this.#book.byHandle(child.handle)
          if (delivery !== undefined && child.responseMs !== null) this.#book.measured(delivery, child.responseMs)
        },
        failed: ({ target, stripe, error, exhausted }) => {
          const delivery = this.#book.byHandle(target.ticket.handle)
          if (delivery !== undefined && exhausted) {
            this.reports.unreached(delivery, stripe, reasonOf(error))
          }
        },
        closed: () => events.changed(),
      },
    })
    const { log, tree, providers, limits = [] } = options
    const { isPresent, reroute, changed, deliver } = events
    const { routing } = this.serving
    const whole = new WholeSending({
      ...{ clock, log, content, signedManifest, limits, deliver },
      compose: () => this.serving.whole(),
      isDue: (target) => {
        const delivery = this.#book.byHandle(target.ticket.handle)
        return delivery?.held === target && !isSettled(delivery) && !isDelivered(delivery.state)
      },
      otherwise: (below) => routing.relay({ stripe: 0, depth: 1, below, upstreams: null }),
    })
    this.#whole = whole
    this.#trees = new TreeStart({ clock, manifest, tree, routing, providers, whole })
    this.#rescuer = new Rescuer({
      ...{ clock, log, manifest, signedManifest, content, deliveries, routing, isPresent, reroute, providers },
    })
    const [book, rescuer, trees] = [this.#book, this.#rescuer, this.#trees]
    const isPlanned = options.plan !== undefined
    this.origin = new ContentOrigin({ providers, isPlanned, deliveries, book, trees, rescuer, isPresent, changed })
    this.#watch = new DeliveryWatch({ clock, book, content, manifest, rescuer, providers, whole, isPresent, changed })
    this.reports = new DeliveryReports({ clock, log, book, content, manifest, rescuer, providers, whole, events })
  }

  get deliveries(): readonly DeliveryView[] {
    return this.#options.deliveries
  }

  /** Whether every delivery has a state that a push need not wait for. */
  get settled(): boolean {
    return this.#watch.settled
  }

  /** Whether nothing is under way, and nothing will be before a time comes or a terminal. */
  get atRest(): boolean {
    return this.#watch.atRest
  }

  /** Whether the content's deactivation time is over. */
  get over(): boolean {
    return this.#watch.over
  }

  /** Sends the transport requests to the best of those that are here. */
  start(): void {
    const { plan } = this.#options
    // Who was to provide the content may have gone since the plan was made: its targets are asked once it is here.
    if (plan === undefined || !this.origin.isHere) return
    this.#trees.serve(
      this.deliveries.flatMap(({ held }) => (held === undefined ? [] : [held])),
      plan,
    )
  }

  /** All of the content is in the library for good. */
  contentStored(): void {
    this.#whole.contentStored()
  }

  /** Why a terminal is to have no more of it; undefined unless its delivery was called off. */
  calledOff(node: NodeId): Reason | undefined {
    const delivery = this.#book.byNode(node)
    return delivery?.state === 'cancelled' ? (delivery.error ?? undefined) : undefined
  }

  /** After a restart of the main server: terminals that do not come back soon get theirs later. */
  awaitTerminals(): void {
    for (const delivery of this.deliveries) if (!isDelivered(delivery.state)) this.#watch.expected(delivery)
  }

  stop(): void {
    this.#whole.stop()
    this.#trees.stop()
    this.#rescuer.stop()
    this.#watch.stop()
    this.serving.stop()
  }

  /** Calls the transfer off at every terminal that does not show it yet; what was called off before keeps its reason. @returns whom to tell */
  cancel(reason: { code: string; message: string }): NodeId[] {
    const affected = this.deliveries.filter(({ state }) => !['active', 'withdrawn', 'cancelled'].includes(state))
    this.serving.stop(reason)
    this.#trees.stop()
    return affected
      .filter((delivery) => this.#book.move(delivery, 'cancelled', { error: reason }))
      .map(({ node }) => node)
  }

  /** The terminal's control connection is open again. @returns its delivery, when that needs a ticket to go on */
  arrived(node: NodeId, address: string | null): DeliveryView | undefined {
    this.#watch.arrived(node)
    const delivery = this.#book.byNode(node)
    if (delivery === undefined) return undefined
    const { held } = delivery
    if (isOwed(delivery)) return delivery
    if (held !== undefined) {
      // One that was started again may listen somewhere else now: it can be reached, and serve others, only there.
      const hasMoved = held.ticket.address !== address && isDue(delivery)
      // What was sent whole was lost with its connection, or is heard of now.
      const isLost = this.#whole.mayRepeat(delivery.handle) && !isSettled(delivery) && !isDelivered(delivery.state)
      return hasMoved || isLost || this.origin.isUnasked(delivery) ? delivery : undefined
    }
    return isSettled(delivery) ? undefined : delivery
  }

  /** Goes on with a delivery now that its terminal is here and has a ticket. */
  redeliver(delivery: DeliveryView, held: HeldTicket): void {
    const isUnasked = this.origin.isUnasked(delivery)
    delivery.held = held
    this.#watch.begun(delivery)
    this.reports.begun(delivery)
    if (isOwed(delivery)) {
      this.#book.move(delivery, 'retried')
      this.#whole.forget(delivery.handle)
      this.#trees.serveSoon(held)
    } else if (isUnasked) {
      this.#trees.serveSoon(held)
    } else if (isDelivered(delivery.state) || !this.#trees.serveWhole(held)) {
      for (let stripe = 0; stripe < this.#options.manifest.stripes; stripe++)
        this.#rescuer.rescueLater(delivery, stripe)
    }
  }

  /** A newer transfer to the same place goes to these terminals: they need not get this one any more. */
  supersede(nodes: ReadonlySet<NodeId>, by: number): void {
    for (const delivery of this.deliveries) {
      if (!nodes.has(delivery.node) || !isOwed(delivery)) continue
      const message = `transfer ${by} brings newer content to the same destination`
      this.#book.move(delivery, 'cancelled', { error: { code: 'E_SUPERSEDED', message } })
    }
  }

  /** The terminal was cut off: it does not get the content, now or later. */
  revoke(node: NodeId): void {
    this.origin.providers?.revoked(node)
    const delivery = this.#book.byNode(node)
    if (delivery === undefined) return
    for (let stripe = 0; stripe < this.#options.manifest.stripes; stripe++) {
      const child = this.serving.routing.branches.find(delivery.handle, stripe)
      if (child !== undefined) this.serving.routing.childFailed(child, new TreecastError('E_NODE_REVOKED', 'revoked'))
    }
    if (isDelivered(delivery.state)) return
    const message = `terminal ${delivery.name} was revoked: it no longer belongs to this main server`
    this.#book.move(delivery, 'failed', { error: { code: 'E_NODE_REVOKED', message } })
  }

  /** The terminal's control connection is gone. */
  left(node: NodeId): void {
    const delivery = this.#book.byNode(node)
    if (delivery !== undefined) this.#watch.left(delivery)
  }
}

/** Whether its terminal may still need something, or be of use to others. */
function isDue(delivery: DeliveryView): boolean {
  return !isSettled(delivery) || isDelivered(delivery.state)
}
