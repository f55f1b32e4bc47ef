/**
 * A snapshot's terminals as the rows of a tree: each below its upstream of the first stripe, the main server above all.
 *
 *   main
 *   ├─web1
 *   │ ├─web4
 *   │ ╰─web5
 *   ╰─web2
 *
 * Guarantee: every terminal appears exactly once, whatever the snapshot says. One whose upstream is not known (yet), or that is
 * part of a cycle while routes change, stands directly below the main server.
 */

import type { TerminalSnapshot } from '../../wire/snapshot.ts'

export interface TreeRow {
  readonly terminal: TerminalSnapshot
  /** For each level from the main server down to the terminal itself: whether a sibling follows on that level. */
  readonly continues: readonly boolean[]
}

interface Place {
  readonly terminal: TerminalSnapshot
  readonly above: readonly boolean[]
  readonly siblingFollows: boolean
}

/** The rows from top to bottom, siblings by rank. */
export function arrangeTree(terminals: readonly TerminalSnapshot[]): TreeRow[] {
  const below = groupByUpstream(terminals)
  const rows: TreeRow[] = []
  // A stack and no recursion: a chain may be as deep as there are targets.
  const open = placesBelow(below.get(0) ?? [], [])
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const continues = [...place.above, place.siblingFollows]
    rows.push({ terminal: place.terminal, continues })
    for (const next of placesBelow(below.get(place.terminal.handle) ?? [], continues)) open.push(next)
  }
  return rows
}

/** The terminal's upstream in the first stripe: the handle of a terminal of the list, or 0. */
export function upstreamsInTree(terminals: readonly TerminalSnapshot[]): Map<number, number> {
  const known = new Set(terminals.map((terminal) => terminal.handle))
  const upstreams = new Map<number, number>()
  for (const { handle, upstreams: perStripe } of terminals) {
    const upstream = perStripe[0] ?? 0
    upstreams.set(handle, known.has(upstream) ? upstream : 0)
  }
  return withoutCycles(upstreams)
}

function groupByUpstream(terminals: readonly TerminalSnapshot[]): Map<number, TerminalSnapshot[]> {
  const upstreams = upstreamsInTree(terminals)
  const below = new Map<number, TerminalSnapshot[]>()
  for (const terminal of [...terminals].sort((a, b) => a.rank - b.rank)) {
    const upstream = upstreams.get(terminal.handle) ?? 0
    const siblings = below.get(upstream)
    if (siblings === undefined) below.set(upstream, [terminal])
    else siblings.push(terminal)
  }
  return below
}

function withoutCycles(upstreams: Map<number, number>): Map<number, number> {
  const reachesMain = new Set<number>([0])
  for (const start of upstreams.keys()) {
    const path: number[] = []
    const onPath = new Set<number>()
    let handle = start
    while (!reachesMain.has(handle) && !onPath.has(handle)) {
      path.push(handle)
      onPath.add(handle)
      handle = upstreams.get(handle) ?? 0
    }
    if (onPath.has(handle)) upstreams.set(handle, 0)
    for (const seen of path) reachesMain.add(seen)
  }
  return upstreams
}

/** Last sibling first, so that a stack gives them back in order. */
function placesBelow(siblings: readonly TerminalSnapshot[], above: readonly boolean[]): Place[] {
  return siblings.map((terminal, index) => ({ terminal, above, siblingFollows: index < siblings.length - 1 })).reverse()
}
