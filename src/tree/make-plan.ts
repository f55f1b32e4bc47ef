/** A plan of either kind. Pure. */

import { dealPackets } from './deal-packets.ts'
import { classicPlan, type Plan, type PlanKind, type PlanTarget } from './plan.ts'

/** How a transfer's trees are made: with them and the ranked targets, they are always the same. */
export interface TreeShape {
  readonly tree: PlanKind
  /** Of a striped plan: as many as it has stripes. */
  readonly fanOut: number
}

/** @throws E_FAN_OUT */
export function makePlan(ranked: readonly PlanTarget[], { tree, fanOut }: TreeShape): Plan {
  return tree === 'striped' ? dealPackets(ranked, fanOut) : classicPlan(ranked, fanOut)
}
