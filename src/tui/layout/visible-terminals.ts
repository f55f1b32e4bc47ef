/**
 * Which terminals a small screen shows: first those where something happens, each with the terminals above it, so that the tree
 * stays a tree.
 *
 * Pure and steady: the same states always choose the same terminals, and rank decides between equals, so rows do not jump about.
 */

import type { DeliveryStateName, TerminalSnapshot } from '../../wire/snapshot.ts'
import { STATE_ORDER } from './symbols.ts'
import { upstreamsInTree } from './tree-rows.ts'

/** At most `rows` of the terminals; all of them when they fit. */
export function chooseVisible(
  terminals: readonly TerminalSnapshot[],
  rows: number,
  stripe?: number,
): readonly TerminalSnapshot[] {
  if (terminals.length <= rows) return terminals
  const upstreams = upstreamsInTree(terminals, stripe)
  const chosen = new Set<number>()
  const byPriority = [...terminals].sort((a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state] || a.rank - b.rank)
  for (const { handle } of byPriority) {
    if (chosen.size >= rows) break
    const path = unchosenPath(handle, upstreams, chosen)
    if (path.length <= rows - chosen.size) for (const step of path) chosen.add(step)
  }
  return terminals.filter((terminal) => chosen.has(terminal.handle))
}

/** The terminal and those above it that are not chosen yet. */
function unchosenPath(handle: number, upstreams: ReadonlyMap<number, number>, chosen: ReadonlySet<number>): number[] {
  const path: number[] = []
  for (let step = handle; step !== 0 && !chosen.has(step); step = upstreams.get(step) ?? 0) {
    path.push(step)
  }
  return path
}

/** `900 received, 12 planned`: how many of each state, the busiest state first. */
export function describeStates(terminals: readonly TerminalSnapshot[]): string {
  const counts = new Map<DeliveryStateName, number>()
  for (const { state } of terminals) counts.set(state, (counts.get(state) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => STATE_ORDER[a] - STATE_ORDER[b])
    .map(([state, count]) => `${count} ${state}`)
    .join(', ')
}
