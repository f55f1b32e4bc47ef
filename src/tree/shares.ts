/**
 * A stripe's tree on its way down: each node is told whom to serve and what each of those shall pass on.
 *
 *   targets    3 5 7 2 4 6          3 and 5 are served by the receiver itself (0); 7 and 2 by the first of the list, 3; 4 and 6 by 5
 *   upstreams  0 0 1 1 2 2    →     3 gets [7 2] [0 0], 5 gets [4 6] [0 0]
 *
 * Pure. Guarantee: an upstream stands before its downstreams, so a list that came from elsewhere can hold no cycle.
 */

import type { Hand } from './deal-targets.ts'
import { type Edge, FIRST_SERVER_HANDLE } from './plan.ts'

/** The targets below one node, with who serves whom among them. */
export interface Share<T> {
  /** Nobody before the one that serves it. */
  readonly targets: readonly T[]
  /** For each of `targets`: 0 when the node itself serves it, k when the k-th of `targets` does. */
  readonly upstreams: readonly number[]
}

/** What one direct downstream gets. */
export interface PlacedHand<T> extends Hand<T> {
  readonly upstreams: readonly number[]
}

/** A whole tree, as the first server's share. `edges` level by level. */
export function shareOfTree(edges: readonly Edge[]): Share<number> {
  const numberOf = new Map([[FIRST_SERVER_HANDLE, 0]])
  for (const [k, { downstream }] of edges.entries()) numberOf.set(downstream, k + 1)
  return {
    targets: edges.map(({ downstream }) => downstream),
    upstreams: edges.map(({ upstream }) => numberOf.get(upstream) as number),
  }
}

/** Whether these can be the upstreams of so many targets. */
export function areUpstreams(upstreams: readonly number[], targets: number): boolean {
  return upstreams.length === targets && upstreams.every((upstream, k) => upstream <= k)
}

/** Splits a share into those of the node's direct downstreams. */
export function handsOf<T>({ targets, upstreams }: Share<T>): PlacedHand<T>[] {
  const hands: { relay: T; below: T[]; upstreams: number[] }[] = []
  /** Of each target: the hand it is in, and its number there, 0 for the hand's relay. */
  const placeOf: { hand: number; number: number }[] = []
  for (const [k, target] of targets.entries()) {
    const upstream = upstreams[k] as number
    const above = upstream === 0 ? undefined : placeOf[upstream - 1]
    const hand = above && hands[above.hand]
    if (above === undefined || hand === undefined) {
      placeOf.push({ hand: hands.length, number: 0 })
      hands.push({ relay: target, below: [], upstreams: [] })
    } else {
      hand.below.push(target)
      hand.upstreams.push(above.number)
      placeOf.push({ hand: above.hand, number: hand.below.length })
    }
  }
  return hands
}
