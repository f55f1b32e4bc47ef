/**
 * The order that the dealing of targets starts from. Pure.
 *
 * Guarantee: relays first, then those that only receive, each in rank order. Terminals that cannot relay "would always be leaves, at
 * the end of lists of target terminals" (US 8,495,167, column 3).
 */

/** Stable: those that relay in their order, then the leaves in theirs. */
export function leavesLast<T>(ranked: readonly T[], isLeaf: (target: T) => boolean): T[] {
  const relays: T[] = []
  const leaves: T[] = []
  for (const target of ranked) (isLeaf(target) ? leaves : relays).push(target)
  return leaves.length === 0 ? relays : relays.concat(leaves)
}
