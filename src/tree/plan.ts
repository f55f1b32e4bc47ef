/**
 * A plan: the trees that a transfer's packets will run down, one tree per stripe. Pure data, by handle: the number of a target within
 * its transfer, with 0 for the first server.
 *
 * In a classic plan there is one tree and every terminal takes all packets from one upstream. In a striped plan stripe s carries every
 * S-th packet, and the trees share the work so that no terminal has more than S downstream edges over all of them.
 */

import { dealTargets } from './deal-targets.ts'
import { assertFanOut } from './fan-out.ts'

/** The first server's handle in every plan. */
export const FIRST_SERVER_HANDLE = 0

/** A target as planning sees it. A list of them is ranked, best first. */
export interface PlanTarget {
  /** From 1; unique within the transfer. */
  readonly handle: number
  /** Receives and never relays. */
  readonly leaf: boolean
}

export interface Edge {
  readonly upstream: number
  readonly downstream: number
  /** Edges from the first server to `downstream`: 1 for those directly below it. */
  readonly depth: number
}

export interface StripeTree {
  /** Level by level, best first within one upstream: in the order in which requests go out. */
  readonly edges: readonly Edge[]
}

export type PlanKind = 'classic' | 'striped'

export interface Plan {
  readonly kind: PlanKind
  /**
   * The most downstream edges of one node over all stripes, from 1 to MAX_FAN_OUT. A node has more only where leaves have no other place;
   * every deal finds that out from its own list, so this is the number that transport requests carry.
   */
  readonly fanOut: number
  readonly stripes: readonly StripeTree[]
}

/**
 * The tree that arises when the first server and then every terminal deals its targets (US 8,495,167, FIG. 4).
 * @throws E_FAN_OUT
 */
export function classicPlan(ranked: readonly PlanTarget[], fanOut: number): Plan {
  assertFanOut(fanOut)
  const edges: Edge[] = []
  let level = [{ upstream: FIRST_SERVER_HANDLE, targets: ranked }]
  for (let depth = 1; level.length > 0; depth++) {
    const next: typeof level = []
    for (const { upstream, targets } of level) {
      for (const { relay, below } of dealTargets(targets, fanOut, isLeaf)) {
        edges.push({ upstream, downstream: relay.handle, depth })
        if (below.length > 0) next.push({ upstream: relay.handle, targets: below })
      }
    }
    level = next
  }
  return { kind: 'classic', fanOut, stripes: [{ edges }] }
}

function isLeaf(target: PlanTarget): boolean {
  return target.leaf
}
