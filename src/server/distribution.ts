/**
 * One running transfer at the main server: the first server of its tree, and the one that knows how every delivery stands.
 *
 *   planned ──route ack──► routed ──bytes──► receiving ──receipt──► received ──receipt──► active
 *      │                      └────────────────┴── failure, or offline for too long ──► failed, pending
 *      └ offline when planned ──► pending ──it comes back──► planned
 *
 * A terminal that lost its upstream, or that nobody below could reach, gets another, or is served from here: see rescuer.ts.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import type { Conversation } from '../link/conversation.ts'
import { type DeliveryEvent, isDelivered, moveDelivery } from '../registry/delivery-state.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import { codeOf, invariant, messageOf, TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { RelayTask } from '../terminal/routing-control.ts'
import type { SealingFacts } from '../terminal/sealing-facts.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { type ChildMessage, Serving } from '../terminal/serving.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import { makePlan } from '../tree/make-plan.ts'
import { FIRST_SERVER_HANDLE, type Plan, type PlanKind } from '../tree/plan.ts'
import { shareOfTree } from '../tree/shares.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Manifest, Receipt } from '../wire/signed-documents.ts'
import type { DeliveryStateName } from '../wire/snapshot.ts'
import { type DeliveryView, isOwed, isSettled, noteBytes, RECEIPT_EVENT } from './delivery-view.ts'
import type { Providers } from './providers.ts'
import { Rescuer } from './rescuer.ts'
import { type TakenRates, takenRate, takenRates } from './taken-rates.ts'

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

export interface DistributionEvents {
  /** Something that an operator sees has changed. */
  changed(): void
  /** Something happened to this delivery: to be recorded. */
  moved(delivery: DeliveryView, event: DeliveryEvent, receipt?: HeardReceipt): void
  /** From the transport request to a terminal's route ack. */
  responded(node: NodeId, responseMs: number): void
  /** A terminal has all of it, and what its links have shown; or failed to get it. */
  delivered(node: NodeId, rates: TakenRates): void
  failed(node: NodeId): void
  /** A terminal has refused so many more packets. */
  refused(packets: number): void
  /** Whether a terminal is here now. */
  isPresent(node: NodeId): boolean
  /** Tells a terminal who serves it from now on. */
  reroute(node: NodeId, reroute: MessageBody<'reroute'>): void
}

/** A receipt as it came in. */
export interface HeardReceipt {
  readonly signed: SignedBytes
  readonly state: keyof typeof RECEIPT_EVENT
  readonly error: { readonly code: string; readonly message: string } | null
  /** Whether a command of the terminal's owner runs now. */
  readonly hook: boolean
  /** To be called once the receipt is recorded for good. */
  readonly kept: () => void
}

/** A delivery is looked at for signs of life this often. */
const WATCH_MS = 1_000

export class Distribution {
  readonly serving: Serving
  readonly #options: DistributionOptions
  readonly #rescuer: Rescuer
  readonly #byHandle = new Map<number, DeliveryView>()
  readonly #byNode = new Map<NodeId, DeliveryView>()
  readonly #offlineTimers = new Map<NodeId, Timer>()
  readonly #watch: Timer
  /** Deliveries that got a last chance directly from here. */
  readonly #rescued = new Set<DeliveryView>()
  /** Terminals that came back and are about to be served. */
  readonly #returning: HeldTicket[] = []
  /** By stripe. */
  readonly #failedTries = new Map<DeliveryView, number[]>()
  #stopped = false

  constructor(options: DistributionOptions) {
    const { clock, sockets, manifest, signedManifest, sealing, content } = options
    this.#options = options
    for (const delivery of options.deliveries) {
      this.#byHandle.set(delivery.handle, delivery)
      this.#byNode.set(delivery.node, delivery)
    }
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
      tablesOnly: options.providers !== undefined,
      events: {
        acknowledged: (child) => {
          const delivery = this.#byHandle.get(child.handle)
          if (delivery !== undefined && child.responseMs !== null) this.#measured(delivery, child.responseMs)
        },
        failed: (target, stripe, error, exhausted) => {
          const delivery = this.#byHandle.get(target.ticket.handle)
          if (delivery !== undefined && exhausted) {
            this.#unreached(delivery, stripe, { code: codeOf(error), message: messageOf(error) })
          }
        },
        closed: () => options.events.changed(),
      },
    })
    const { log, deliveries, events } = options
    const { isPresent, reroute } = events
    const { routing } = this.serving
    const { providers } = options
    this.#rescuer = new Rescuer({ clock, log, manifest, content, deliveries, routing, isPresent, reroute, providers })
    this.#watch = every(clock, WATCH_MS, () => this.#lookForLife())
  }

  get deliveries(): readonly DeliveryView[] {
    return this.#options.deliveries
  }

  /** Whether every delivery has a state that a push need not wait for. */
  get settled(): boolean {
    const { isPresent } = this.#options.events
    // What a terminal has received it has for good; one that went away then cannot say when it shows it.
    return this.deliveries.every(
      (delivery) => this.#isAtRest(delivery) || (isDelivered(delivery.state) && !isPresent(delivery.node)),
    )
  }

  /** Whether nothing is under way, and nothing will be before a time comes or a terminal. */
  get atRest(): boolean {
    return this.deliveries.every((delivery) => this.#isAtRest(delivery))
  }

  /** Received content whose time is to come is where a push waits for it to be. */
  #isAtRest(delivery: DeliveryView): boolean {
    if (this.#runsHook(delivery)) return false
    return isSettled(delivery) || (delivery.state === 'received' && !this.#isPast(this.#options.manifest.activateAtMs))
  }

  /** Whether it is worth waiting for how the owner's command ends. */
  #runsHook({ node, hookSinceMs }: DeliveryView): boolean {
    if (hookSinceMs === null || !this.#options.events.isPresent(node)) return false
    return this.#options.clock.monotonic() - hookSinceMs < LIMITS.hookWaitMs
  }

  /** Whether the content's deactivation time is over. */
  get over(): boolean {
    const { deactivateAtMs } = this.#options.manifest
    return deactivateAtMs !== null && this.#isPast(deactivateAtMs)
  }

  #isPast(atMs: number | null): boolean {
    return atMs === null || atMs <= this.#options.clock.now()
  }

  /** Sends the transport requests to the best of those that are here. */
  start(): void {
    const { plan } = this.#options
    if (plan === undefined) return
    this.#serve(
      this.deliveries.flatMap(({ held }) => (held === undefined ? [] : [held])),
      plan,
    )
  }

  /** Whether there is somebody to serve from: the main server itself, or another who has the content. */
  get servable(): boolean {
    const { providers } = this.#options
    return providers === undefined || providers.current !== undefined
  }

  /** Nobody who has the content is here: it stays owed, and says why. */
  lacksProvider(delivery: DeliveryView): void {
    const message = `nobody who has the content is here: terminal ${delivery.name} gets it when one of them is back`
    delivery.error = { code: 'E_NO_PROVIDER', message }
    this.#options.events.changed()
  }

  get providers(): Providers | undefined {
    return this.#options.providers
  }

  /** Serves these terminals, best first, down the trees of a plan over them without who provides the content. */
  #serve(targets: readonly HeldTicket[], plan: Plan): void {
    const { routing } = this.serving
    const { providers, manifest } = this.#options
    if (providers === undefined) {
      for (const relay of relaysOf(targets, plan)) routing.relay({ ...relay, depth: 1 })
      return
    }
    const others = this.#withoutProvider(targets)
    const relays = relaysOf(others, plan).map(({ stripe, below, upstreams }) => ({
      stripe,
      below: below.map(({ signed }) => signed),
      upstreams: upstreams === null ? null : [...upstreams],
    }))
    providers.serve(relays)
    // It has the bytes; the tables it gets from here.
    for (const provider of targets.filter((target) => !others.includes(target)))
      for (let stripe = 0; stripe < manifest.stripes; stripe++) routing.adopt(provider, stripe, 1)
  }

  #withoutProvider(targets: readonly HeldTicket[]): HeldTicket[] {
    const provider = this.#options.providers?.current?.node
    return targets.filter(({ ticket }) => ticket.node !== provider)
  }

  /** After a restart of the main server: terminals that do not come back soon get theirs later. */
  awaitTerminals(): void {
    for (const delivery of this.deliveries) if (!isDelivered(delivery.state)) this.left(delivery.node)
  }

  stop(): void {
    this.#stopped = true
    this.#rescuer.stop()
    this.#watch.cancel()
    for (const timer of this.#offlineTimers.values()) timer.cancel()
    this.serving.stop()
  }

  /** Calls the transfer off at every terminal that does not show it yet; what was called off before keeps its reason. @returns whom to tell */
  cancel(reason: { code: string; message: string }): NodeId[] {
    const affected = this.deliveries.filter(({ state }) => !['active', 'withdrawn', 'cancelled'].includes(state))
    this.serving.stop(reason)
    return affected.filter((delivery) => this.#move(delivery, 'cancelled', { error: reason })).map(({ node }) => node)
  }

  /** A child's message on its request link. */
  childSays(handle: number, conversation: Conversation, message: ChildMessage): void {
    this.serving.childSays(handle, conversation, message)
  }

  routeAck(node: NodeId, { stripe, upstream, depth }: MessageBody<'routeAck'>): void {
    const delivery = this.#byNode.get(node)
    if (delivery === undefined || isDelivered(delivery.state) || !this.#hasStripe(stripe)) return
    const shown = this.#shownHandle(upstream)
    if (shown === undefined) return
    delivery.upstreams[stripe] = shown
    delivery.depth = depth
    // Its first upstreams, one of each stripe, are one attempt.
    if (delivery.attempts === 0 || delivery.routedAtMs[stripe] !== undefined) delivery.attempts++
    const nowMs = this.#options.clock.monotonic()
    delivery.routedAtMs[stripe] = nowMs
    delivery.livelyAtMs = nowMs
    delivery.startedAtMs ??= nowMs
    this.#move(delivery, 'routed')
  }

  progress(node: NodeId, { packets, bytes, upstreams, downstreams }: MessageBody<'progress'>): void {
    const delivery = this.#byNode.get(node)
    if (delivery === undefined || isSettled(delivery)) return
    const { clock, events } = this.#options
    const nowMs = clock.monotonic()
    noteBytes(delivery, { packets, bytes }, nowMs)
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
      const below = this.#byHandle.get(handle)
      if (below !== undefined && responseMs !== null) this.#measured(below, responseMs)
    }
    if (bytes > 0 && (delivery.state === 'planned' || delivery.state === 'routed')) this.#move(delivery, 'progressed')
    else this.#options.events.changed()
  }

  /** A receipt whose signature and meaning were checked. */
  receipt(node: NodeId, receipt: Receipt, heard: HeardReceipt): void {
    const delivery = this.#byNode.get(node)
    if (delivery === undefined) return
    const nowMs = this.#options.clock.monotonic()
    noteBytes(delivery, { bytes: receipt.bytes, packets: this.#options.content.knownPackets }, nowMs)
    delivery.finishedAtMs ??= nowMs
    delivery.startedAtMs ??= nowMs
    delivery.hookSinceMs = heard.hook ? (delivery.hookSinceMs ?? nowMs) : null
    if (!isDelivered(delivery.state) && heard.state !== 'failed') {
      delivery.takenBytesPerSecond = takenRate(delivery.sources.list(nowMs), receipt)
      this.#options.events.delivered(node, this.#ratesOf(delivery, receipt, nowMs))
    }
    if (
      !this.#move(delivery, RECEIPT_EVENT[heard.state], { receipt: heard, ...(heard.error && { error: heard.error }) })
    )
      heard.kept()
  }

  failure(node: NodeId, failure: MessageBody<'failure'>): void {
    const delivery = this.#byNode.get(node)
    if (!this.#hasStripe(failure.stripe)) return
    const error = { code: failure.code, message: failure.message }
    if (failure.about === 'downstream' && this.#options.providers?.asked.includes(node)) {
      this.#downstreamFailed(failure, 'the first server')
    } else if (delivery === undefined) {
      return
    } else if (failure.about === 'self') {
      // Also what was received may fail: newer content came to its destination before it was published.
      this.#move(delivery, 'failed', { error })
    } else if (isSettled(delivery) || isDelivered(delivery.state)) {
      return
    } else if (failure.about === 'upstream') {
      this.#rescuer.upstreamFailed(delivery, failure)
    } else {
      this.#downstreamFailed(failure, delivery.name)
    }
  }

  #downstreamFailed({ handle, stripe, code, message, final }: MessageBody<'failure'>, relay: string): void {
    const target = this.#byHandle.get(handle)
    this.#options.log.info('a relay could not reach a terminal', { relay, terminal: target?.name, code, message })
    if (target !== undefined && final) this.#unreached(target, stripe, { code, message })
  }

  /** The terminal's control connection is open again. @returns its delivery, when that needs a ticket to go on */
  arrived(node: NodeId, address: string | null): DeliveryView | undefined {
    this.#offlineTimers.get(node)?.cancel()
    this.#offlineTimers.delete(node)
    const delivery = this.#byNode.get(node)
    if (delivery === undefined) return undefined
    const { held } = delivery
    if (isOwed(delivery)) return delivery
    // One that was started again may listen somewhere else now: it can be reached, and serve others, only there.
    if (held !== undefined) return held.ticket.address === address || !isDue(delivery) ? undefined : delivery
    return isSettled(delivery) ? undefined : delivery
  }

  /** Goes on with a delivery now that its terminal is here and has a ticket. */
  redeliver(delivery: DeliveryView, held: HeldTicket): void {
    delivery.held = held
    delivery.livelyAtMs = this.#options.clock.monotonic()
    this.#failedTries.delete(delivery)
    this.#rescued.delete(delivery)
    if (isOwed(delivery)) {
      this.#move(delivery, 'retried')
      this.#returning.push(held)
      // Those that come back together get it down a tree of their own.
      if (this.#returning.length === 1) this.#options.clock.after(LIMITS.gatherMs, () => this.#serveReturning())
    } else {
      for (let stripe = 0; stripe < this.#options.manifest.stripes; stripe++)
        this.#rescuer.rescueLater(delivery, stripe)
    }
  }

  #serveReturning(): void {
    const returning = this.#returning.splice(0)
    if (this.#stopped) return
    const { tree, manifest } = this.#options
    const targets = this.#withoutProvider(returning).map(({ ticket }) => ticket)
    this.#serve(returning, makePlan(targets, { tree, fanOut: manifest.fanOut }))
  }

  /** A newer transfer to the same place goes to these terminals: they need not get this one any more. */
  supersede(nodes: ReadonlySet<NodeId>, by: number): void {
    for (const delivery of this.deliveries) {
      if (!nodes.has(delivery.node) || !isOwed(delivery)) continue
      const message = `transfer ${by} brings newer content to the same destination`
      this.#move(delivery, 'cancelled', { error: { code: 'E_SUPERSEDED', message } })
    }
  }

  /** Nobody is to see the content any more: who does not have it will not get it. */
  #expire(delivery: DeliveryView): void {
    if (delivery.state === 'cancelled' || (delivery.state === 'failed' && !isOwed(delivery))) return
    const message = `the deactivation time passed before terminal ${delivery.name} had the content`
    this.#move(delivery, 'failed', { error: { code: 'E_EXPIRED', message } })
  }

  /** The terminal was cut off: it does not get the content, now or later. */
  revoke(node: NodeId): void {
    const delivery = this.#byNode.get(node)
    if (delivery === undefined) return
    for (let stripe = 0; stripe < this.#options.manifest.stripes; stripe++) {
      const child = this.serving.routing.find(delivery.handle, stripe)
      if (child !== undefined) this.serving.routing.childFailed(child, new TreecastError('E_NODE_REVOKED', 'revoked'))
    }
    if (isDelivered(delivery.state)) return
    const message = `terminal ${delivery.name} was revoked: it no longer belongs to this main server`
    this.#move(delivery, 'failed', { error: { code: 'E_NODE_REVOKED', message } })
  }

  /** The terminal's control connection is gone. */
  left(node: NodeId): void {
    const delivery = this.#byNode.get(node)
    if (delivery === undefined || isSettled(delivery) || this.#offlineTimers.has(node)) return
    const timer = this.#options.clock.after(LIMITS.offlineGraceMs, () => {
      this.#offlineTimers.delete(node)
      if (isSettled(delivery)) return
      const message = `terminal ${delivery.name} went offline during the transfer: it gets the content when it is back`
      // What is received is at the terminal for good; only its publication is not known.
      if (!isDelivered(delivery.state)) this.#move(delivery, 'postponed', { error: { code: 'E_OFFLINE', message } })
      this.#options.events.changed()
    })
    this.#offlineTimers.set(node, timer)
  }

  /** As it is shown to operators; undefined for nobody of this transfer. */
  #shownHandle(handle: number): number | undefined {
    const { providers } = this.#options
    if (providers !== undefined) return providers.shownHandle(handle)
    return handle === FIRST_SERVER_HANDLE || this.#byHandle.has(handle) ? handle : undefined
  }

  /** A terminal may name any number to 65,535. */
  #hasStripe(stripe: number): boolean {
    return stripe < this.#options.manifest.stripes
  }

  /** Nobody else of its hand will try this terminal again: it is tried a few times more, from wherever there is room. */
  #unreached(delivery: DeliveryView, stripe: number, { code, message: why }: { code: string; message: string }): void {
    if (isSettled(delivery) || isDelivered(delivery.state)) return
    const tries = this.#failedTries.get(delivery) ?? []
    tries[stripe] = (tries[stripe] ?? 0) + 1
    this.#failedTries.set(delivery, tries)
    if (tries[stripe] < LIMITS.reachTries) {
      // One that went away is waited for by left().
      this.#rescuer.rescueLater(delivery, stripe)
      return
    }
    const { name, held } = delivery
    const address = held?.ticket.address ?? null
    const message =
      address === null
        ? `terminal ${name} cannot be reached: ${why}. Check that it can open connections to the other terminals.`
        : `terminal ${name} (${address}) cannot be reached: ${why}. Check that this address is right and open there, start its relay with --advertise HOST:PORT, or with --outbound-only behind a firewall.`
    this.#move(delivery, 'failed', { error: { code, message } })
  }

  #ratesOf(delivery: DeliveryView, { elapsedMs, bytes }: Receipt, nowMs: number): TakenRates {
    const sources = delivery.sources.list(nowMs)
    const supplies = sources.map(({ handle }) => this.#supplyOf(handle, delivery))
    return takenRates({
      sources: sources.map((source) => ({ ...source, node: this.#byHandle.get(source.handle)?.node ?? null })),
      ...{ elapsedMs, bytes },
      // What one of several upstreams lacks, the others make up for.
      supplyBytesPerSecond: supplies.length === 0 ? null : Math.min(...supplies),
    })
  }

  /** How fast an upstream could have had the content itself: as fast as it took it in, or, the main server, as its fastest child did. */
  #supplyOf(handle: number, except: DeliveryView): number {
    const upstream = this.#byHandle.get(handle)
    if (upstream !== undefined) return upstream.takenBytesPerSecond ?? Number.POSITIVE_INFINITY
    const children = this.deliveries.filter((delivery) => delivery !== except && delivery.upstreams.includes(0))
    return (
      children.reduce((most, child) => Math.max(most, child.takenBytesPerSecond ?? 0), 0) || Number.POSITIVE_INFINITY
    )
  }

  #measured(delivery: DeliveryView, responseMs: number): void {
    if (delivery.responseMs === responseMs) return
    delivery.responseMs = responseMs
    this.#options.events.responded(delivery.node, responseMs)
    this.#options.events.changed()
  }

  #lookForLife(): void {
    const nowMs = this.#options.clock.monotonic()
    const { activateAtMs } = this.#options.manifest
    for (const delivery of this.deliveries) {
      if (delivery.hookSinceMs !== null && !this.#runsHook(delivery)) {
        delivery.hookSinceMs = null
        this.#options.events.changed()
      }
      if (this.over && !isDelivered(delivery.state)) this.#expire(delivery)
      if (delivery.state === 'received' && this.#isPast(activateAtMs)) this.#askWhatBecame(delivery, nowMs)
      if (isSettled(delivery) || isDelivered(delivery.state)) continue
      // Nothing is there that it could have got.
      if (delivery.bytes >= this.#options.content.knownBytes && this.#options.content.last === undefined)
        delivery.livelyAtMs = nowMs
      const quietMs = nowMs - delivery.livelyAtMs
      if (quietMs > LIMITS.deliveryFailMs) {
        const message = `terminal ${delivery.name} took no packet for ${Math.round(quietMs / 1000)} s`
        this.#move(delivery, 'failed', { error: { code: 'E_STALLED', message } })
      } else if (quietMs > LIMITS.deliveryStallMs && !this.#rescued.has(delivery)) {
        // It may know nothing of the transfer: only a transport request helps then, and the main server's own reaches it.
        if (this.#rescuer.askAgain(delivery)) this.#rescued.add(delivery)
      }
    }
    // Rates fall while nothing is heard, and whoever watches is to see it.
    if (this.deliveries.some(({ state }) => state === 'receiving')) this.#options.events.changed()
  }

  /** What a terminal received it shows at once, or cannot: when neither is heard, the word was lost with its link. */
  #askWhatBecame(delivery: DeliveryView, nowMs: number): void {
    if (nowMs - delivery.livelyAtMs > LIMITS.deliveryStallMs && this.#rescuer.askAgain(delivery))
      delivery.livelyAtMs = nowMs
  }

  /** @returns whether the event could happen */
  #move(
    delivery: DeliveryView,
    event: DeliveryEvent,
    facts: { error?: { code: string; message: string }; receipt?: HeardReceipt } = {},
  ): boolean {
    const state = moveDelivery(delivery.state, event)
    if (state === undefined) return false
    if (isFault(state, facts.error?.code) && delivery.state !== state) this.#options.events.failed(delivery.node)
    // What is told once more takes back nothing that was said beside it.
    delivery.error = facts.error ?? (state === delivery.state ? delivery.error : null)
    delivery.state = state
    this.#options.events.moved(delivery, event, facts.receipt)
    this.#options.events.changed()
    return true
  }
}

/** Failures by what was asked of a terminal, which say nothing of how well it receives. */
const OF_THE_REQUEST = ['E_NODE_REVOKED', 'E_EXPIRED', 'E_SUPERSEDED', 'E_DESTINATION', 'E_DESTINATION_BLOCKED']

/** Whether a delivery's end speaks against its terminal. */
function isFault(state: DeliveryStateName, code = ''): boolean {
  return (state === 'failed' && !OF_THE_REQUEST.includes(code)) || (state === 'pending' && code === 'E_OFFLINE')
}

/** Whether its terminal may still need something, or be of use to others. */
function isDue(delivery: DeliveryView): boolean {
  return !isSettled(delivery) || isDelivered(delivery.state)
}

function sum(numbers: readonly number[]): number {
  return numbers.reduce((total, number) => total + number, 0)
}

/** What a plan gives the first server to do. */
function relaysOf(targets: readonly HeldTicket[], plan: Plan): Pick<RelayTask, 'stripe' | 'below' | 'upstreams'>[] {
  if (plan.kind === 'classic') return [{ stripe: 0, below: targets, upstreams: null }]
  const byHandle = new Map(targets.map((held) => [held.ticket.handle, held]))
  return plan.stripes.map(({ edges }, stripe) => {
    const share = shareOfTree(edges)
    const below = share.targets.map((handle) => {
      const held = byHandle.get(handle)
      invariant(held !== undefined, 'a plan is over those who have tickets')
      return held
    })
    return { stripe, below, upstreams: share.upstreams }
  })
}
