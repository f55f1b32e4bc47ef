/**
 * A snapshot's terminals as the rows of a tree: each below its upstream, the main server above all.
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
import { MAIN, upstreamIn } from './edges.ts'

export interface TreeRow {
  readonly terminal: TerminalSnapshot
  /** For each level from the main server down to the terminal itself: whether a sibling follows on that level. Empty in a list. */
  readonly continues: readonly boolean[]
  /** How many terminals stand below it, on all levels. */
  readonly below: number
}

interface Place {
  readonly terminal: TerminalSnapshot
  readonly above: readonly boolean[]
  readonly siblingFollows: boolean
}

/**
 * The rows from top to bottom, siblings by rank.
 * @param stripe whose tree; undefined for all of them folded into one
 */
export function arrangeTree(terminals: readonly TerminalSnapshot[], stripe?: number): TreeRow[] {
  const upstreams = upstreamsInTree(terminals, stripe)
  const below = groupByUpstream(terminals, upstreams)
  const rows: { terminal: TerminalSnapshot; continues: readonly boolean[]; below: number }[] = []
  // A stack and no recursion: a chain may be as deep as there are targets.
  const open = placesBelow(below.get(MAIN) ?? [], [])
  for (let place = open.pop(); place !== undefined; place = open.pop()) {
    const continues = [...place.above, place.siblingFollows]
    rows.push({ terminal: place.terminal, continues, below: 0 })
    for (const next of placesBelow(below.get(place.terminal.handle) ?? [], continues)) open.push(next)
  }
  countBelow(rows)
  return rows
}

/** The terminal's upstream in that tree: the handle of a terminal of the list, or 0. */
export function upstreamsInTree(terminals: readonly TerminalSnapshot[], stripe?: number): Map<number, number> {
  const known = new Set(terminals.map((terminal) => terminal.handle))
  const upstreams = new Map<number, number>()
  for (const terminal of terminals) {
    const upstream = upstreamIn(terminal, stripe) ?? MAIN
    upstreams.set(terminal.handle, known.has(upstream) ? upstream : MAIN)
  }
  return withoutCycles(upstreams)
}

function groupByUpstream(
  terminals: readonly TerminalSnapshot[],
  upstreams: ReadonlyMap<number, number>,
): Map<number, TerminalSnapshot[]> {
  const below = new Map<number, TerminalSnapshot[]>()
  for (const terminal of [...terminals].sort((a, b) => a.rank - b.rank)) {
    const upstream = upstreams.get(terminal.handle) ?? MAIN
    const siblings = below.get(upstream)
    if (siblings === undefined) below.set(upstream, [terminal])
    else siblings.push(terminal)
  }
  return below
}

function withoutCycles(upstreams: Map<number, number>): Map<number, number> {
  const reachesMain = new Set<number>([MAIN])
  for (const start of upstreams.keys()) {
    const path: number[] = []
    const onPath = new Set<number>()
    let handle = start
    while (!reachesMain.has(handle) && !onPath.has(handle)) {
      path.push(handle)
      onPath.add(handle)
      handle = upstreams.get(handle) ?? MAIN
    }
    if (onPath.has(handle)) upstreams.set(handle, MAIN)
    for (const seen of path) reachesMain.add(seen)
  }
  return upstreams
}

/** A row's terminals below follow it at once, on deeper levels: what is open when a level comes back is closed. */
function countBelow(rows: { readonly continues: readonly boolean[]; below: number }[]): void {
  const open: { readonly row: { readonly continues: readonly boolean[]; below: number }; readonly index: number }[] = []
  const close = (depth: number, end: number) => {
    for (let last = open.at(-1); last !== undefined && last.row.continues.length >= depth; last = open.at(-1)) {
      last.row.below = end - last.index - 1
      open.pop()
    }
  }
  for (const [index, row] of rows.entries()) {
    close(row.continues.length, index)
    open.push({ row, index })
  }
  close(0, rows.length)
}

/** Last sibling first, so that a stack gives them back in order. */
function placesBelow(siblings: readonly TerminalSnapshot[], above: readonly boolean[]): Place[] {
  return siblings.map((terminal, index) => ({ terminal, above, siblingFollows: index < siblings.length - 1 })).reverse()
}
