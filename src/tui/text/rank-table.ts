/** The ranking of terminals as a table. */

import { escapeText } from '../../system/escape-text.ts'
import type { RankedTerminal } from '../../wire/snapshot.ts'
import { formatMilliseconds, formatRate } from '../layout/format-quantities.ts'
import { paintLines } from './paint.ts'
import { type Cell, drawTable, type TableColumn } from './text-table.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'rank', align: 'right' },
  { heading: 'name' },
  { heading: 'address' },
  { heading: 'state' },
  { heading: 'response', align: 'right' },
  { heading: 'throughput', align: 'right' },
  { heading: 'success', align: 'right' },
  { heading: 'leaf' },
  { heading: 'last seen' },
]

/** The whole answer of `treecast rank`; `-` stands for what was not measured yet. */
export function drawRanking(terminals: readonly RankedTerminal[], { color }: { color: boolean }): string {
  return paintLines(drawTable(COLUMNS, terminals.map(rowOf)), { color })
}

function rowOf(terminal: RankedTerminal): Cell[] {
  const { rank, name, address, online, leaf, responseMs, bytesPerSecond, successRate, lastSeenAt } = terminal
  return [
    { text: String(rank) },
    { text: escapeText(name), tone: online ? 'strong' : 'dim' },
    { text: orDash(address, escapeText) },
    online ? { text: 'online', tone: 'good' } : { text: 'offline', tone: 'waiting' },
    { text: orDash(responseMs, formatMilliseconds) },
    { text: orDash(bytesPerSecond, formatRate) },
    { text: orDash(successRate, (rate) => `${Math.floor(rate * 100)} %`) },
    { text: leaf ? 'leaf' : '' },
    { text: orDash(lastSeenAt, (at) => escapeText(shortTime(at))), tone: 'dim' },
  ]
}

function orDash<T>(value: T | null, format: (value: T) => string): string {
  return value === null ? '-' : format(value)
}

/** RFC 3339 in UTC, without fractions of a second. */
export function shortTime(at: string): string {
  return at.replace(/\.\d+Z$/, 'Z')
}
