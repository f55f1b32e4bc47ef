/**
 * Starts trees over terminals that have tickets: sends the first transport requests from here, or has them sent by who provides the
 * content. Terminals that come back together share a tree of their own. A small content that nobody would relay is sent whole instead.
 */

import type { Clock } from '../system/clock.ts'
import { invariant } from '../system/errors.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { RelayTask, RoutingControl } from '../terminal/routing-control.ts'
import { makePlan } from '../tree/make-plan.ts'
import type { Plan, PlanKind } from '../tree/plan.ts'
import { shareOfTree } from '../tree/shares.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { goesWhole } from './goes-whole.ts'
import type { Providers } from './providers.ts'
import type { WholeSending } from './whole-sending.ts'

export interface TreeStartOptions {
  readonly clock: Clock
  readonly manifest: Manifest
  readonly tree: PlanKind
  readonly routing: RoutingControl
  /** Who has the bytes when the main server has only the tables. */
  readonly providers: Providers | undefined
  readonly whole: Pick<WholeSending, 'send' | 'isSpent'>
}

export class TreeStart {
  readonly #options: TreeStartOptions
  /** By handle: terminals that came back and are about to be served. */
  readonly #returning = new Map<number, HeldTicket>()
  /** Handles. */
  readonly #asked = new Set<number>()
  #stopped = false

  constructor(options: TreeStartOptions) {
    this.#options = options
  }

  stop(): void {
    this.#stopped = true
  }

  /** Whether the terminal of this handle was sent a request, or is about to be. */
  hasAsked(handle: number): boolean {
    return this.#asked.has(handle)
  }

  /** Serves these terminals, best first, down the trees of a plan over them without who provides the content. */
  serve(targets: readonly HeldTicket[], plan: Plan): void {
    const { providers, manifest, routing, whole } = this.#options
    for (const { ticket } of targets) this.#asked.add(ticket.handle)
    if (providers === undefined && goesWhole(manifest, plan)) {
      whole.send(targets)
      return
    }
    if (providers === undefined) {
      for (const relay of relaysOf(targets, plan)) routing.relay({ ...relay, depth: 1 })
      return
    }
    const others = this.#reachedByProvider(targets)
    const relays = relaysOf(others, plan).map(({ stripe, below, upstreams }) => ({
      stripe,
      below: below.map(({ signed }) => signed),
      upstreams: upstreams === null ? null : [...upstreams],
    }))
    providers.serve(relays)
    // The provider itself has the bytes; whoever else is left is sent to another terminal soon. The tables they get from here.
    for (const left of targets.filter((target) => !others.includes(target)))
      for (let stripe = 0; stripe < manifest.stripes; stripe++) routing.adopt(left, stripe, 1)
  }

  /** Sends the whole content to one terminal. @returns whether it can have it so */
  serveWhole(target: HeldTicket): boolean {
    const { providers, manifest, whole, tree } = this.#options
    const plan = makePlan([target.ticket], { tree, fanOut: manifest.fanOut })
    if (providers !== undefined || whole.isSpent(target.ticket.handle) || !goesWhole(manifest, plan)) return false
    whole.send([target])
    return true
  }

  /** Serves a terminal that came back, with those that come back at about the same time. */
  serveSoon(returned: HeldTicket): void {
    this.#asked.add(returned.ticket.handle)
    this.#returning.set(returned.ticket.handle, returned)
    if (this.#returning.size === 1) this.#options.clock.after(LIMITS.gatherMs, () => this.#serveReturning())
  }

  #serveReturning(): void {
    const returning = [...this.#returning.values()]
    this.#returning.clear()
    if (this.#stopped) return
    const { tree, manifest } = this.#options
    const targets = this.#reachedByProvider(returning).map(({ ticket }) => ticket)
    this.serve(returning, makePlan(targets, { tree, fanOut: manifest.fanOut }))
  }

  #reachedByProvider(targets: readonly HeldTicket[]): HeldTicket[] {
    const { providers } = this.#options
    if (providers === undefined) return [...targets]
    const provider = providers.current?.node
    return targets.filter(({ ticket }) => ticket.node !== provider && providers.mayServe(ticket.address))
  }
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
