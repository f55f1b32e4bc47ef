/**
 * Dealing the ranked targets of a transfer among the terminals that relay it (US 8,495,167, FIG. 4).
 *
 *   ranks 1 2 3 4 5 6 7 8 9 …  N = 3     1 → 4 7 10 …     2 → 5 8 11 …     3 → 6 9 12 …
 *
 * Pure: the same list and fan-out always give the same hands, so the main server can foresee the tree that the terminals will build.
 * Guarantees: in every hand the fastest relay comes first, so a terminal never waits for a slower one above it; a leaf's hand has nothing
 * below it.
 *
 * Leaves come after all relays and each is dealt to the hand whose turn it is, or the next one with room: a hand of m relays has
 * m · N places below it, m − 1 of them for its own relays. When the relays are too few for all leaves, the fan-out of this deal grows by
 * as little as gives everyone a place.
 */

import { assertFanOut, widenedFanOut } from './fan-out.ts'
import { leavesLast } from './leaves-last.ts'

/** One relay's share: itself, and the targets below it in the order in which it will deal them. */
export interface Hand<T> {
  readonly relay: T
  readonly below: readonly T[]
}

/**
 * Deals `ranked` (best first) round-robin to the `fanOut` best of them.
 * @returns one hand per direct downstream, at most `fanOut` (more only when leaves have nowhere else to go); empty when there is no target
 * @throws E_FAN_OUT when `fanOut` is not a whole number from 1 to MAX_FAN_OUT
 */
export function dealTargets<T>(
  ranked: readonly T[],
  fanOut: number,
  isLeaf: (target: T) => boolean = () => false,
): Hand<T>[] {
  assertFanOut(fanOut)
  const ordered = leavesLast(ranked, isLeaf)
  const relays = ordered.filter((target) => !isLeaf(target)).length
  const width = widenedFanOut(fanOut, ordered.length, relays)
  const hands = ordered.slice(0, width).map((relay) => ({ relay, below: [] as T[] }))

  for (let rank = width; rank < relays; rank++) hands[rank % width]?.below.push(ordered[rank] as T)

  const room = hands.map((hand, k) => (k < relays ? (hand.below.length + 1) * (width - 1) + 1 : 0))
  const firstLeaf = Math.max(width, relays)
  let turn = firstLeaf % width
  for (const leaf of ordered.slice(firstLeaf)) {
    while (room[turn] === 0) turn = (turn + 1) % width
    room[turn] = (room[turn] as number) - 1
    hands[turn]?.below.push(leaf)
    turn = (turn + 1) % width
  }
  return hands
}
