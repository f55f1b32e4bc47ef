/** From an operator's wish to a plan: who gets it, in which rank, under which numbers. Pure. */

import { refuseTops } from '../content/tops.ts'
import { packetBytesFor } from '../seal/segments.ts'
import { type ErrorCode, TreecastError } from '../system/errors.ts'
import { choosePlan } from '../tree/choose-plan.ts'
import { type Edge, FIRST_SERVER_HANDLE, type Plan } from '../tree/plan.ts'
import type { Cut } from '../wire/codes.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Reason } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { type DeliveryView, newDelivery } from './delivery-view.ts'
import type { SourcedPush } from './first-servers.ts'
import { readMoments } from './publication-moments.ts'
import { type Measured, rankTerminals, relativePerformance, type Scored } from './ranking.ts'
import { select } from './selector.ts'
import type { Selectable } from './selector-terms.ts'
import type { TransferFacts } from './transfer-view.ts'

/** A terminal that may be a target. */
export interface Candidate extends Measured, Selectable {
  readonly node: DeliveryView['node']
  readonly name: string
  /** Never relays: by its own will, or an operator's. */
  readonly leaf: boolean
  /** Where it can be dialled now; null when it cannot be dialled at all; undefined while it is offline. */
  readonly address: string | null | undefined
}

export type PlannedTarget = Scored<Candidate> & {
  /** Its number in the transfer, and its place in the rank: both from 1. */
  readonly handle: number
  /** Against the best: 0 to 1. */
  readonly performance: number
  /** Why it cannot take the content, as it said when it was asked. */
  readonly refusal?: Reason | undefined
}

/** The targets of a push, best first. @throws E_SELECTOR_…, E_DESTINATION */
export function chooseTargets(request: MessageBody<'push'>, candidates: readonly Candidate[]): PlannedTarget[] {
  const refusal = refuseTops(request)
  if (refusal !== undefined) throw new TreecastError(refusal.code as ErrorCode, refusal.message)
  // Ranked among all, so that a terminal's place does not hang on whom it is pushed to with.
  const ranked = select(rankTerminals(candidates), request.to)
  const performance = relativePerformance(ranked)
  return ranked.map((candidate, k) => ({ ...candidate, handle: k + 1, performance: performance[k] ?? 0 }))
}

/**
 * The targets of a push whose operator serves it: it can be dialled by nobody, so who cannot be dialled either gets the content only from
 * a terminal between them.
 */
export function refuseOutOfReach(targets: readonly PlannedTarget[]): PlannedTarget[] {
  if (targets.some(({ address, leaf }) => typeof address === 'string' && !leaf)) return [...targets]
  return targets.map((target) => {
    if (target.address !== null) return target
    const message = `terminal ${target.name} only opens connections itself, as a direct push does, and no target relays: push without --direct`
    return { ...target, refusal: { code: 'E_UNREACHABLE', message } }
  })
}

/** How a push will be carried, and down which trees. */
export interface PlannedTransfer {
  readonly facts: TransferFacts
  /** Over those of the targets that are here, without the first server. */
  readonly plan: Plan
  /** By handle: when each of them should have all of it. */
  readonly arrivalsMs: ReadonlyMap<number, number>
}

export interface PlanningFacts {
  readonly fanOut: number | undefined
  readonly createdAtMs: number
  readonly cut: Cut
  readonly first: SourcedPush['first']
}

/**
 * Plans a push that has no number yet; `fanOut` is the main server's own, for a classic tree where the operator gave none, `cut` what suits
 * what is at the destination already.
 * @throws E_FAN_OUT, E_TIME
 */
export function planTransfer(
  request: MessageBody<'push'>,
  targets: readonly PlannedTarget[],
  { fanOut, createdAtMs, cut, first }: PlanningFacts,
): PlannedTransfer {
  const { tree, bytes, name, destination, entryList, compression, cipher } = request
  const present = targets.filter(
    ({ address, refusal, node }) => address !== undefined && refusal === undefined && node !== first?.node,
  )
  // Nobody dials a pusher: who cannot be dialled either gets it from those who can.
  const reached = first?.isPusher ? present.filter(({ address }) => address !== null) : present
  const packetBytes =
    request.packetBytes ??
    packetBytesFor({
      ...{ contentBytes: bytes ?? undefined, targets: present.length },
      ...{ bytesPerSecond: request.limitBytesPerSecond, cut },
    })
  const wish = { tree, fanOut: request.fanOut, classicFanOut: fanOut, bytes, packetBytes }
  const { plan, predictedMs, arrivalsMs } = choosePlan(reached, wish)
  const shape = { tree: plan.kind, fanOut: plan.fanOut, stripes: plan.stripes.length }
  return {
    facts: {
      ...{ transfer: null, name, destination, entryList, bytes, cut, packetBytes, compression, cipher, ...shape },
      from: first?.name ?? null,
      ...{ predictedMs, createdAtMs, ...readMoments(request, createdAtMs) },
    },
    plan,
    arrivalsMs,
  }
}

export function manifestOf(
  facts: TransferFacts & { transfer: number },
  request: MessageBody<'push'>,
  { keyCommitment, targets, pusher }: Pick<Manifest, 'keyCommitment' | 'targets' | 'pusher'>,
): Manifest {
  const { transfer, name, destination, entryList, bytes, cut, packetBytes, cipher, fanOut, stripes } = facts
  const { activateAtMs, deactivateAtMs } = facts
  const { relayAfterBytes, limitBytesPerSecond, mode, modifiedMs, force } = request
  return {
    ...{ transfer, name, destination, entryList, bytes, cut, packetBytes, cipher, keyCommitment, stripes, fanOut },
    ...{ targets, pusher, relayAfterBytes, mode, modifiedMs, force, activateAtMs, deactivateAtMs },
    ...(limitBytesPerSecond === undefined ? {} : { limitBytesPerSecond }),
  }
}

/** The deliveries as they stand before anything was sent, with the upstreams of the plan. */
export function plannedDeliveries(
  targets: readonly PlannedTarget[],
  {
    plan,
    arrivalsMs,
    nowMs,
    first,
  }: Pick<PlannedTransfer, 'plan' | 'arrivalsMs'> & { nowMs: number; first?: SourcedPush['first'] },
): DeliveryView[] {
  const edges = plan.stripes.map((stripe) => new Map(stripe.edges.map((edge) => [edge.downstream, edge])))
  // A first server that is a target itself stands where the main server would, and gets only tables from that.
  const root = targets.find(({ node }) => node === first?.node)?.handle ?? FIRST_SERVER_HANDLE
  const edgesTo = (handle: number): (Pick<Edge, 'upstream' | 'depth'> | undefined)[] =>
    edges.map((stripe) => {
      if (handle === root) return { upstream: FIRST_SERVER_HANDLE, depth: 1 }
      const edge = stripe.get(handle)
      return edge?.upstream === FIRST_SERVER_HANDLE ? { ...edge, upstream: root } : edge
    })
  return targets.map(({ handle, node, name, leaf, address, responseMs, refusal }) => {
    const offline = { code: 'E_OFFLINE', message: `terminal ${name} is offline: it gets the content when it is back` }
    const ways = edgesTo(handle)
    const isServed = address !== undefined && refusal === undefined
    return newDelivery({
      ...{ handle, node, name, rank: handle, leaf, responseMs, livelyAtMs: nowMs },
      state: address === undefined ? 'pending' : refusal === undefined ? 'planned' : 'failed',
      upstreams: ways.map((edge) => edge?.upstream ?? null),
      depth: isServed ? Math.max(...ways.map((edge) => edge?.depth ?? 0)) : null,
      ...(arrivalsMs.has(handle) ? { predictedMs: arrivalsMs.get(handle) as number } : {}),
      error: address === undefined ? offline : (refusal ?? null),
    })
  })
}
