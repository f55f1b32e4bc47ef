/** The rows of the live tree: all terminals in the chosen order, without those that are filtered out or folded away. Pure. */

import type { TerminalSnapshot } from '../../wire/snapshot.ts'
import { STATE_ORDER } from '../layout/symbols.ts'
import type { ListedRow } from '../layout/terminal-row.ts'
import { arrangeTree, type TreeRow, upstreamsInTree } from '../layout/tree-rows.ts'
import type { Sort, ViewState } from './view-state.ts'

type Choice = Pick<ViewState, 'folded' | 'filter' | 'sort' | 'stripe'>

/** All rows, from top to bottom; which of them fit on the screen is not decided here. */
export function listTerminals(terminals: readonly TerminalSnapshot[], choice: Choice): ListedRow[] {
  const matches = matcherOf(choice.filter)
  if (choice.sort !== 'tree') {
    const compare = COMPARISONS[choice.sort]
    const sorted = terminals.filter(matches).sort((a, b) => compare(a, b) || a.rank - b.rank)
    return sorted.map((terminal) => ({ terminal, continues: [], below: 0, folded: false, matches: true }))
  }
  const kept = choice.filter === '' ? terminals : withThoseAbove(terminals, matches, choice.stripe)
  return foldAway(arrangeTree(kept, choice.stripe), choice.folded).map((row) => ({
    ...row,
    folded: row.below > 0 && choice.folded.has(row.terminal.handle),
    matches: matches(row.terminal),
  }))
}

/** Best or most urgent first. */
const COMPARISONS: Readonly<Record<Exclude<Sort, 'tree'>, (a: TerminalSnapshot, b: TerminalSnapshot) => number>> = {
  rate: (a, b) => b.bytesPerSecond - a.bytesPerSecond,
  progress: (a, b) => a.bytes - b.bytes,
  response: (a, b) => (b.responseMs ?? -1) - (a.responseMs ?? -1),
  state: (a, b) => STATE_ORDER[a.state] - STATE_ORDER[b.state],
  name: (a, b) => a.name.localeCompare(b.name, 'en', { numeric: true }),
}

/** Every word has to be part of the name, the state or the error; capitals do not count. */
function matcherOf(filter: string): (terminal: TerminalSnapshot) => boolean {
  const words = filter
    .toLowerCase()
    .split(' ')
    .filter((word) => word !== '')
  return ({ name, state, error }) => {
    const text = `${name} ${state} ${error?.code ?? ''} ${error?.message ?? ''}`.toLowerCase()
    return words.every((word) => text.includes(word))
  }
}

function withThoseAbove(
  terminals: readonly TerminalSnapshot[],
  matches: (terminal: TerminalSnapshot) => boolean,
  stripe: number | undefined,
): TerminalSnapshot[] {
  const upstreams = upstreamsInTree(terminals, stripe)
  const kept = new Set<number>()
  for (const terminal of terminals) {
    if (!matches(terminal)) continue
    for (let step = terminal.handle; step !== 0 && !kept.has(step); step = upstreams.get(step) ?? 0) kept.add(step)
  }
  return terminals.filter(({ handle }) => kept.has(handle))
}

function foldAway(rows: readonly TreeRow[], folded: ReadonlySet<number>): TreeRow[] {
  if (folded.size === 0) return [...rows]
  const shown: TreeRow[] = []
  for (let at = 0; at < rows.length; at++) {
    const row = rows[at] as TreeRow
    shown.push(row)
    if (folded.has(row.terminal.handle)) at += row.below
  }
  return shown
}
