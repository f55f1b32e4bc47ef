/**
 * Helps the terminals of one transfer that have lost their upstream: waits for a promotion, finds out who is stuck, sends the terminal to
 * another or has the main server serve it. Whom it chooses is decided in rescue.ts; what a delivery comes to is not its business.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { RoutingControl } from '../terminal/routing-control.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { type DeliveryView, isSettled } from './delivery-view.ts'
import type { Providers } from './providers.ts'
import { chooseHelper, isStuck, type RescueScene } from './rescue.ts'

export interface RescuerOptions {
  readonly clock: Clock
  readonly log: Log
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly content: StoredContent
  readonly deliveries: readonly DeliveryView[]
  readonly routing: RoutingControl
  readonly isPresent: (node: NodeId) => boolean
  readonly reroute: (node: NodeId, reroute: MessageBody<'reroute'>) => void
  /** Who has the bytes when the main server has only the tables. */
  readonly providers: Providers | undefined
}

/** Those who served a terminal since its bytes last grew. */
interface VainHelp {
  readonly bytes: number
  readonly handles: Set<number>
}

export class Rescuer {
  readonly #options: RescuerOptions
  readonly #inVain = new Map<DeliveryView, VainHelp>()
  /** Whom each terminal was ever without. */
  readonly #lost = new Map<DeliveryView, Set<number>>()
  /** By stripe: when one is looked for again for a terminal that knows nothing of the transfer, and cannot ask. */
  readonly #lookAgain = new Map<DeliveryView, (Timer | undefined)[]>()
  #stopped = false

  constructor(options: RescuerOptions) {
    this.#options = options
  }

  stop(): void {
    this.#stopped = true
    for (const timers of this.#lookAgain.values()) for (const timer of timers) timer?.cancel()
  }

  /** A terminal says that its upstream is lost, stuck, or was never there. */
  upstreamFailed(delivery: DeliveryView, { code, stripe, handle }: MessageBody<'failure'>): void {
    const { routing } = this.#options
    if (code === 'E_NO_UPSTREAM') this.#rescue(delivery, stripe)
    else if (code !== 'E_STALLED') this.rescueLater(delivery, stripe)
    else if (this.#isToBlame(delivery, handle, stripe)) {
      // Promotion gives the stuck relay's place to the next of its hand, which keeps the tree's shape.
      const stuck = routing.branches.find(handle, stripe)
      if (stuck === undefined) this.#rescue(delivery, stripe)
      else {
        routing.childFailed(stuck, new TreecastError('E_STALLED', 'the terminal is stuck'))
        this.rescueLater(delivery, stripe)
      }
    }
  }

  /** Who provided the content cannot: those that it served go to the next holder now, with as much time as at their beginning. */
  providerFailed(node: NodeId): void {
    const { clock, deliveries, providers, isPresent } = this.#options
    if (providers?.current === undefined) return
    const failed = providers.handleOf(node)
    const waiting = deliveries.filter((delivery) => !isSettled(delivery) && !isDelivered(delivery.state))
    // Each holder fails once at most, so this ends. One provides for all: those farther down the trees are starved too.
    for (const delivery of waiting) delivery.livelyAtMs = clock.monotonic()
    for (const delivery of waiting.filter((child) => isPresent(child.node))) {
      for (const [stripe, upstream] of delivery.upstreams.entries()) {
        if (upstream !== null && upstream === failed) this.#toNextHolder(delivery, stripe)
      }
    }
  }

  /** Another may be promoted in the place of the lost upstream, and serves this terminal then; only when nobody does, it is helped. */
  rescueLater(delivery: DeliveryView, stripe: number): void {
    const { clock, isPresent } = this.#options
    const sinceMs = clock.monotonic()
    clock.after(LIMITS.promotionGraceMs, () => {
      if (this.#stopped || (delivery.routedAtMs[stripe] ?? 0) > sinceMs) return
      if (isPresent(delivery.node)) this.#rescue(delivery, stripe)
    })
  }

  /**
   * Sends the transport request once more, from here; while there is no room for it, to others that have.
   * @returns false when nobody has room, or nobody is there to hear it
   */
  askAgain(delivery: DeliveryView): boolean {
    const { manifest, routing, isPresent } = this.#options
    const { held, node } = delivery
    if (held === undefined || !isPresent(node)) return false
    const stripes = Array.from({ length: manifest.stripes }, (_, stripe) => stripe)
    if (routing.branches.served >= this.#mostChildren)
      return stripes.map((stripe) => this.#rescue(delivery, stripe)).some(Boolean)
    for (const stripe of stripes) routing.adopt(held, stripe, 1)
    return true
  }

  /**
   * Sends those whom the main server took on beyond its trees to terminals that have room: while it serves them, everybody gets less of
   * its line. Nobody is sent again to whom it was without before.
   */
  relieve(): void {
    const { deliveries, routing, providers } = this.#options
    if (providers !== undefined) return
    for (const { handle, stripe } of routing.branches.adopted()) {
      const delivery = deliveries.find((other) => other.handle === handle)
      if (delivery?.state !== 'receiving' || delivery.upstreams[stripe] !== FIRST_SERVER_HANDLE) continue
      const inVain = this.#lost.get(delivery) ?? new Set()
      const helper = chooseHelper(delivery, { ...this.#scene(stripe), inVain, mostMainChildren: 0 })
      if (helper?.kind === 'terminal') this.#sendTo(helper.delivery, delivery, stripe)
    }
  }

  /** What the main server serves at once: in every stripe as many as it takes on beyond its tree. */
  get #mostChildren(): number {
    const { fanOut, stripes } = this.#options.manifest
    return fanOut + LIMITS.fallbackChildren * stripes
  }

  #isToBlame(delivery: DeliveryView, handle: number, stripe: number): boolean {
    const { clock, content, deliveries, routing, providers } = this.#options
    // There is nothing yet that it could have sent.
    if (delivery.bytes >= content.knownBytes) return false
    const upstream = deliveries.find((other) => other.handle === handle)
    // Of a content that it has not got, the main server gives only tables; who has it needs no more.
    const isHelpless = providers !== undefined && providers.current?.node !== delivery.node
    if (upstream === undefined) return isHelpless || routing.branches.find(delivery.handle, stripe) === undefined
    const above = deliveries.find((other) => other.handle === upstream.upstreams[stripe])
    const scene = { nowMs: clock.monotonic(), livelyMs: LIMITS.stallMs }
    return isStuck({ child: delivery, upstream, above, stripe }, scene)
  }

  /** @returns whether somebody serves the terminal from now on */
  #rescue(delivery: DeliveryView, stripe: number): boolean {
    const { held } = delivery
    if (held === undefined || isSettled(delivery) || isDelivered(delivery.state)) return false
    const { log, routing, providers } = this.#options
    const inVain = this.#inVainFor(delivery, stripe)
    const mostMainChildren = this.#mayProvide(delivery) ? this.#mostChildren : 0
    const helper = chooseHelper(delivery, { ...this.#scene(stripe), inVain, mostMainChildren })
    if (helper === undefined) {
      // Everybody was asked: from the beginning.
      this.#inVain.delete(delivery)
      if (delivery.state === 'planned') this.#rescueAgain(delivery, stripe)
      return false
    }
    if (helper.kind === 'main' && providers !== undefined) {
      this.#haveProvided(delivery, held, stripe)
      return true
    }
    if (helper.kind === 'main') {
      log.info('the main server serves a terminal that lost its upstream', { terminal: delivery.name })
      routing.adopt(held, stripe, 1)
      return true
    }
    return this.#sendTo(helper.delivery, delivery, stripe)
  }

  #sendTo(upstream: DeliveryView, delivery: DeliveryView, stripe: number): boolean {
    if (upstream.held === undefined) return false
    const facts = { terminal: delivery.name, upstream: upstream.name }
    this.#options.log.info('a terminal that lost its upstream gets another', facts)
    this.#send(delivery, stripe, { handle: upstream.handle, held: upstream.held })
    return true
  }

  #scene(stripe: number): Omit<RescueScene, 'inVain' | 'mostMainChildren'> {
    const { manifest, clock, deliveries, routing, isPresent, providers } = this.#options
    return {
      ...{ deliveries, stripe, nowMs: clock.monotonic(), livelyMs: LIMITS.stallMs, lingerMs: LIMITS.transferLingerMs },
      mayServe: ({ leaf, node, held }) =>
        !leaf && held !== undefined && isPresent(node) && providers?.hasFailed(node) !== true,
      mainChildren: providers === undefined ? routing.branches.served : this.#childrenOfProvider(stripe),
      // One more than its trees give any: what a failed terminal served has to go somewhere.
      mostChildren: manifest.fanOut + 1,
      isProviding: ({ node }) => providers?.asked.includes(node) === true,
    }
  }

  /** Somebody has room soon. A terminal that has its transport request says so itself that nobody serves it. */
  #rescueAgain(delivery: DeliveryView, stripe: number): void {
    const timers = this.#lookAgain.get(delivery) ?? []
    this.#lookAgain.set(delivery, timers)
    timers[stripe] ??= this.#options.clock.after(LIMITS.orphanReportMs, () => {
      timers[stripe] = undefined
      if (delivery.state === 'planned' && this.#options.isPresent(delivery.node)) this.#rescue(delivery, stripe)
    })
  }

  #toNextHolder(delivery: DeliveryView, stripe: number): void {
    const { held } = delivery
    const hasRoom = this.#childrenOfProvider(stripe) < this.#mostChildren
    if (held === undefined || !hasRoom || !this.#mayProvide(delivery)) {
      this.#rescue(delivery, stripe)
      return
    }
    this.#inVainFor(delivery, stripe)
    this.#haveProvided(delivery, held, stripe)
  }

  /** Counted as the other's child from now on, so that not everybody is sent to the same one. */
  #send(delivery: DeliveryView, stripe: number, { handle, held }: { handle: number; held: HeldTicket }): void {
    const { clock, signedManifest, reroute } = this.#options
    const ticket = delivery.held?.signed
    if (ticket === undefined) return
    const order = delivery.possible.sentAway(stripe, delivery.upstreams[stripe] ?? null, clock.now())
    delivery.upstreams[stripe] = handle
    reroute(delivery.node, { manifest: signedManifest, ticket, stripe, upstream: held.signed, order })
  }

  /** Those who serve the terminal in vain, the upstream that it has lost now among them. */
  #inVainFor(delivery: DeliveryView, stripe: number): ReadonlySet<number> {
    const known = this.#inVain.get(delivery)
    const { handles } = known?.bytes === delivery.bytes ? known : { handles: new Set<number>() }
    this.#inVain.set(delivery, { bytes: delivery.bytes, handles })
    const lost = delivery.upstreams[stripe]
    if (lost != null) {
      handles.add(lost)
      this.#lost.set(delivery, (this.#lost.get(delivery) ?? new Set()).add(lost))
    }
    return handles
  }

  /** Whether somebody else than the terminal itself is here to provide the content. */
  #mayProvide({ node, held }: DeliveryView): boolean {
    const { providers } = this.#options
    if (providers === undefined) return true
    return providers.current?.node !== node && providers.mayServe(held?.ticket.address ?? null)
  }

  #childrenOfProvider(stripe: number): number {
    const { deliveries, providers } = this.#options
    const handle = providers?.shownHandle(providers.current?.handle ?? 0)
    return deliveries.filter((delivery) => !isSettled(delivery) && delivery.upstreams[stripe] === handle).length
  }

  /** Sends a terminal to who provides the content; one that nobody has asked yet, or that cannot dial there, is asked from there. */
  #haveProvided(delivery: DeliveryView, held: HeldTicket, stripe: number): void {
    const { log, providers } = this.#options
    const provider = providers?.current
    if (providers === undefined || provider?.held === undefined) return
    log.info('a terminal that lost its upstream is served from elsewhere', {
      terminal: delivery.name,
      upstream: provider.name,
    })
    const isSent = delivery.state === 'planned' || providers.isPusher(provider)
    providers.serve(isSent ? [{ stripe, below: [held.signed], upstreams: null }] : [])
    const handle = providers.shownHandle(provider.handle)
    if (!isSent && handle !== undefined) this.#send(delivery, stripe, { handle, held: provider.held })
  }
}
