/**
 * Whether a plan keeps the rules that every tree must keep. The tests of every planner ask it.
 *
 * - every target exactly once in each stripe, nobody else, and a way down to it from the first server (so: no cycle)
 * - the fan-out kept over all stripes together, wider only by what leaves without another place make necessary
 * - no path longer than the flattest tree of that fan-out needs, plus what its kind of plan may add
 * - faster before slower: on a classic path at every step, on a striped path among its inner nodes (whoever only receives in one stripe
 *   may be faster than its upstream, because it relays in another)
 * - leaves never inner nodes
 */

import { flattestDepth, widenedFanOut } from './fan-out.ts'
import { leavesLast } from './leaves-last.ts'
import { type Edge, FIRST_SERVER_HANDLE, type Plan, type PlanTarget } from './plan.ts'

export type PlanRule = 'once' | 'known' | 'reachable' | 'fan-out' | 'depth' | 'order' | 'leaf'

export interface Violation {
  readonly rule: PlanRule
  /** From 0; undefined for a rule over all stripes. */
  readonly stripe: number | undefined
  /** The node that breaks the rule. */
  readonly handle: number
  readonly says: string
}

/**
 * @param targets ranked, best first
 * @returns what is wrong, stripe by stripe; empty for a good plan
 */
export function checkPlan(plan: Plan, targets: readonly PlanTarget[]): Violation[] {
  const ordered = leavesLast(targets, (target) => target.leaf)
  const placeOf = new Map(ordered.map((target, place) => [target.handle, place]))
  const relays = targets.filter((target) => !target.leaf).length
  const maxDepth = depthBound(plan, targets.length, relays)

  const violations = plan.stripes.flatMap((stripe, number) =>
    [
      ...checkMembers(stripe.edges, placeOf),
      ...checkDepths(stripe.edges, maxDepth),
      ...checkOrder(plan, stripe.edges, placeOf),
      ...checkLeaves(stripe.edges, ordered.slice(relays)),
    ].map((finding) => ({ ...finding, stripe: number })),
  )
  return [...violations, ...checkFanOut(plan, targets.length, relays)]
}

type Finding = Omit<Violation, 'stripe'>

/** The longest path that is allowed, in edges from the first server. */
function depthBound(plan: Plan, targets: number, relays: number): number {
  if (plan.kind === 'classic') return flattestDepth(relays, plan.fanOut) + (relays < targets ? 1 : 0)
  if (targets === 0) return 0
  // One root below the first server, and one level to spare: balancing the stripes leaves some inner nodes short of downstreams. A stripe
  // without a relay of its own gathers the last places of all the others.
  const stripes = plan.stripes.length
  return 1 + flattestDepth(targets - 1, plan.fanOut) + (relays < stripes ? stripes - 1 : 1)
}

function checkMembers(edges: readonly Edge[], placeOf: ReadonlyMap<number, number>): Finding[] {
  const findings: Finding[] = []
  const seen = new Set<number>()
  for (const { downstream } of edges) {
    if (seen.has(downstream)) {
      findings.push({ rule: 'once', handle: downstream, says: `target ${downstream} has a second upstream` })
    }
    if (!placeOf.has(downstream)) {
      findings.push({ rule: 'known', handle: downstream, says: `${downstream} is not a target` })
    }
    seen.add(downstream)
  }
  for (const handle of placeOf.keys()) {
    if (!seen.has(handle)) findings.push({ rule: 'once', handle, says: `target ${handle} is left out` })
  }
  return findings
}

function checkDepths(edges: readonly Edge[], maxDepth: number): Finding[] {
  const findings: Finding[] = []
  const depthOf = realDepths(edges)
  for (const { downstream, depth } of edges) {
    const real = depthOf.get(downstream)
    if (real === undefined) {
      findings.push({ rule: 'reachable', handle: downstream, says: `no way from the first server to ${downstream}` })
    } else if (real !== depth) {
      findings.push({ rule: 'depth', handle: downstream, says: `${downstream} is at depth ${real}, not ${depth}` })
    } else if (real > maxDepth) {
      findings.push({ rule: 'depth', handle: downstream, says: `${downstream} is at depth ${real} of ${maxDepth}` })
    }
  }
  return findings
}

/** Walks down from the first server; what is not in the result hangs on a cycle or on nothing. */
function realDepths(edges: readonly Edge[]): Map<number, number> {
  const below = edgesByUpstream(edges)
  const depthOf = new Map([[FIRST_SERVER_HANDLE, 0]])
  let level = [FIRST_SERVER_HANDLE]
  for (let depth = 1; level.length > 0; depth++) {
    const next: number[] = []
    for (const { downstream } of level.flatMap((handle) => below.get(handle) ?? [])) {
      if (depthOf.has(downstream)) continue
      depthOf.set(downstream, depth)
      next.push(downstream)
    }
    level = next
  }
  return depthOf
}

function checkOrder(plan: Plan, edges: readonly Edge[], placeOf: ReadonlyMap<number, number>): Finding[] {
  const inner = new Set(edges.map((edge) => edge.upstream))
  return edges.flatMap(({ upstream, downstream }) => {
    if (plan.kind === 'striped' && !inner.has(downstream)) return []
    const above = placeOf.get(upstream) ?? -1
    const place = placeOf.get(downstream) ?? Number.POSITIVE_INFINITY
    if (above < place) return []
    return [{ rule: 'order', handle: downstream, says: `${downstream} waits for ${upstream}, which is slower` }]
  })
}

function checkLeaves(edges: readonly Edge[], leaves: readonly PlanTarget[]): Finding[] {
  const inner = new Set(edges.map((edge) => edge.upstream))
  return leaves
    .filter(({ handle }) => inner.has(handle))
    .map(({ handle }) => ({ rule: 'leaf', handle, says: `leaf ${handle} has downstreams` }))
}

function checkFanOut(plan: Plan, targets: number, relays: number): Violation[] {
  const allowed = widenedFanOut(plan.fanOut, plan.stripes.length * targets, relays)
  const edgesOf = edgesByUpstream(plan.stripes.flatMap((stripe) => stripe.edges))
  return [...edgesOf]
    .filter(([, edges]) => edges.length > allowed)
    .map(([handle, edges]) => ({
      rule: 'fan-out',
      stripe: undefined,
      handle,
      says: `${handle} has ${edges.length} downstream edges, ${allowed} are allowed`,
    }))
}

function edgesByUpstream(edges: readonly Edge[]): Map<number, Edge[]> {
  const groups = new Map<number, Edge[]>()
  for (const edge of edges) {
    const group = groups.get(edge.upstream)
    if (group === undefined) groups.set(edge.upstream, [edge])
    else group.push(edge)
  }
  return groups
}
