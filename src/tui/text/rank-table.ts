/** The ranking of terminals as a table, with every term of the score, and under it what the order follows. */

import { escapeText } from '../../system/escape-text.ts'
import type { AnswerTo } from '../../wire/operator-messages.ts'
import type { RankedTerminal } from '../../wire/snapshot.ts'
import { formatBytes, formatMilliseconds, formatRate } from '../layout/format-quantities.ts'
import { segment } from '../layout/line.ts'
import { drawSparkline } from '../layout/sparkline.ts'
import { wrapText } from '../layout/wrap-text.ts'
import { paintLines } from './paint.ts'
import { fastestOf, formatShort, whyRanked } from './rank-reasons.ts'
import { type Cell, drawTable, type TableColumn, type TableStyle } from './text-table.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'rank', align: 'right' },
  { heading: 'name', isName: true },
  { heading: 'state' },
  { heading: 'score', align: 'right' },
  { heading: 'response', align: 'right' },
  { heading: 'throughput', align: 'right' },
  { heading: 'success', align: 'right' },
  { heading: 'why', isName: true, leaveOut: 5 },
  { heading: 'history', leaveOut: 1 },
  { heading: 'marks', leaveOut: 4 },
  { heading: 'address', leaveOut: 3 },
  { heading: 'last seen', leaveOut: 2 },
]

type Ranking = Pick<AnswerTo<'rank'>, 'by' | 'trainBytes' | 'terminals'>

/** The whole answer of `treecast rank`; `-` stands for what was not measured yet. */
export function drawRanking(ranking: Ranking, style: { color: boolean; unicode: boolean } & TableStyle): string {
  const best = fastestOf(ranking.terminals)
  const rows = ranking.terminals.map((terminal) => rowOf(terminal, best, style))
  const order = wrapText(explainOrder(ranking), style.columns ?? Infinity).map((line) => [segment(line, 'dim')])
  return paintLines([...drawTable(COLUMNS, rows, style), [], ...order], style)
}

/** What became of revoked terminals. */
export function describeRevoked(terminals: readonly RankedTerminal[]): string {
  return terminals.map(({ name }) => `${escapeText(name)} is revoked\n`).join('')
}

function explainOrder({ by, trainBytes }: Ranking): string {
  const score = `the score, the time to take in and pass on ${formatBytes(trainBytes)}: (response + size / throughput) / success`
  if (by === 'score') return `Ordered by ${score}. History: response time.`
  const name = { response: 'response time', throughput: 'throughput', reliability: 'success' }[by]
  return `Ordered by ${name}; pushes go by ${score}. History: ${name}.`
}

function rowOf(terminal: RankedTerminal, best: RankedTerminal | undefined, style: { unicode: boolean }): Cell[] {
  const { rank, name, address, online, score, responseMs, bytesPerSecond, successRate, lastSeenAt } = terminal
  return [
    { text: String(rank) },
    { text: escapeText(name), tone: online ? 'strong' : 'dim' },
    online ? { text: 'online', tone: 'good' } : { text: 'offline', tone: 'waiting' },
    { text: orDash(score, ({ seconds }) => formatShort(seconds)) },
    { text: orDash(responseMs, formatMilliseconds) },
    { text: orDash(bytesPerSecond, formatRate) },
    { text: orDash(successRate, (rate) => `${Math.floor(rate * 100)} %`) },
    { text: escapeText(whyRanked(terminal, best)) },
    { text: drawSparkline(terminal.history, style), tone: 'busy' },
    { text: escapeText(marksOf(terminal)) },
    { text: orDash(address, escapeText) },
    { text: orDash(lastSeenAt, (at) => escapeText(shortTime(at))), tone: 'dim' },
  ]
}

/** `leaf pinned role=web @canary`: what was said or set, and what selectors go by. */
function marksOf({ leaf, pinned, excluded, labels, groups }: RankedTerminal): string {
  const flags = [leaf ? 'leaf' : '', pinned ? 'pinned' : '', excluded ? 'excluded' : ''].filter((word) => word !== '')
  return [...flags, ...labels, ...groups.map((group) => `@${group}`)].join(' ')
}

function orDash<T>(value: T | null, format: (value: T) => string): string {
  return value === null ? '-' : format(value)
}

/** RFC 3339 in UTC, without fractions of a second. */
export function shortTime(at: string): string {
  return at.replace(/\.\d+Z$/, 'Z')
}
