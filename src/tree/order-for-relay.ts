/**
 * Who may relay, and in which order: the list that the dealing of targets starts from.
 *
 * Guarantee: relays first, then those that only receive, each in rank order. Terminals that cannot relay "would always be leaves, at
 * the end of lists of target terminals" (US 8,495,167, column 3).
 */

import { assertFanOut } from './fan-out.ts'

/** Stable: those that relay in their order, then the leaves in theirs. */
export function leavesLast<T>(ranked: readonly T[], isLeaf: (target: T) => boolean): T[] {
  const relays: T[] = []
  const leaves: T[] = []
  for (const target of ranked) (isLeaf(target) ? leaves : relays).push(target)
  return leaves.length === 0 ? relays : relays.concat(leaves)
}

/** `reserve`: could relay, but should not (slow, unreliable, busy) while better terminals can carry the load. */
export type RelayFitness = 'relay' | 'reserve' | 'leaf'

export interface RelayOrder<T> {
  /** All targets: those that may relay, best first, then the others, best first. */
  readonly ordered: readonly T[]
  /** How many at the head of `ordered` may relay. The rest is planned as leaves. */
  readonly relays: number
}

/**
 * Orders the targets and calls up as few of the reserve as keep the fan-out, the best of it first.
 * @throws E_FAN_OUT
 */
export function orderForRelay<T>(
  ranked: readonly T[],
  fanOut: number,
  fitness: (target: T) => RelayFitness,
): RelayOrder<T> {
  assertFanOut(fanOut)
  const relays = ranked.filter((target) => fitness(target) === 'relay')
  // The first server has fanOut places too, hence the one fewer.
  const missing = Math.max(0, Math.ceil(ranked.length / fanOut) - 1 - relays.length)
  const calledUp = ranked.filter((target) => fitness(target) === 'reserve').slice(0, missing)
  const carriers = new Set([...relays, ...calledUp])
  const others = ranked.filter((target) => !carriers.has(target))
  return { ordered: [...relays, ...calledUp, ...others], relays: carriers.size }
}
