/** A transfer drawn once, for a stream: the plan of a dry run, and the tree and table of `treecast status TRANSFER`. */

import { escapeText } from '../../system/escape-text.ts'
import { nameOfFirst, type TerminalSnapshot, type TransferSnapshot } from '../../wire/snapshot.ts'
import {
  formatBytes,
  formatMilliseconds,
  formatPercent,
  formatRate,
  formatSeconds,
} from '../layout/format-quantities.ts'
import { drawHeader, drawProperties, drawTitle } from '../layout/header.ts'
import { type Line, segment } from '../layout/line.ts'
import { STATE_TONES, type Symbols, symbolsFor } from '../layout/symbols.ts'
import { drawBranches } from '../layout/terminal-row.ts'
import { arrangeTree } from '../layout/tree-rows.ts'
import { paintLines } from './paint.ts'
import { shortTime } from './rank-table.ts'
import { type Cell, drawTable, type TableColumn, type TableStyle } from './text-table.ts'
import { describeDuration } from './transfer-lines.ts'

export interface DrawingStyle extends TableStyle {
  readonly unicode: boolean
  readonly color: boolean
}

/** Columns of the header where no screen sets them, and on a wider screen. */
const PAGE_COLUMNS = 100

function pageColumns(columns: number | undefined): number {
  return Math.min(columns ?? PAGE_COLUMNS, PAGE_COLUMNS)
}

/** The tree as it would be, with each terminal's rank and when it should have the content. */
export function drawPlan(plan: TransferSnapshot, { unicode, color, columns }: DrawingStyle): string {
  const symbols = symbolsFor(unicode)
  const style = { columns: pageColumns(columns), symbols, elapsedSeconds: 0 }
  const tree = drawTextTree(plan, symbols, ({ rank, leaf, state, error, predictedSeconds }) => {
    const why = state === 'pending' || state === 'failed' ? `  ${escapeText(error?.message ?? state)}` : ''
    const when = predictedSeconds === undefined ? '' : `  about ${formatSeconds(predictedSeconds)}`
    return `rank ${rank}${leaf ? '  leaf' : ''}${when}${why}`
  })
  return paintLines([drawTitle(plan, style), drawProperties(plan, style), ...drawTimes(plan), [], ...tree], { color })
}

/** Header, the time taken and predicted, tree, and a row per terminal. */
export function drawTransfer(
  snapshot: TransferSnapshot,
  { unicode, color, columns }: DrawingStyle,
  upstreamsOf: (terminal: TerminalSnapshot) => readonly string[],
): string {
  const symbols = symbolsFor(unicode)
  const style = { columns: pageColumns(columns), symbols, elapsedSeconds: snapshot.seconds }
  const header = drawHeader(snapshot, style).filter((line) => line.length > 0)
  const tree = drawTextTree(snapshot, symbols, ({ state }) => state)
  const byRank = [...snapshot.terminals].sort((a, b) => a.rank - b.rank)
  const table = drawTable(
    TERMINAL_COLUMNS,
    byRank.map((terminal) => terminalCells(terminal, snapshot, upstreamsOf(terminal))),
    { columns },
  )
  const duration: Line = [segment(describeDuration(snapshot), 'dim')]
  return paintLines([...header, duration, ...drawTimes(snapshot), [], ...tree, [], ...table], { color })
}

/** `goes live at 2026-12-24T18:00:00Z, is taken out at 2026-12-26T00:00:00Z`; no line where nothing has a time. */
function drawTimes({ activateAt, deactivateAt }: TransferSnapshot): Line[] {
  const times = [
    activateAt === null ? '' : `goes live at ${escapeText(shortTime(activateAt))}`,
    deactivateAt === null ? '' : `is taken out at ${escapeText(shortTime(deactivateAt))}`,
  ].filter((text) => text !== '')
  return times.length === 0 ? [] : [[segment(times.join(', '), 'dim')]]
}

const TERMINAL_COLUMNS: readonly TableColumn[] = [
  { heading: 'rank', align: 'right' },
  { heading: 'name', isName: true },
  { heading: 'state' },
  { heading: 'from', isName: true, leaveOut: 5 },
  { heading: 'bytes', align: 'right' },
  { heading: 'done', align: 'right' },
  { heading: 'rate', align: 'right', leaveOut: 2 },
  { heading: 'response', align: 'right', leaveOut: 3 },
  { heading: 'time', align: 'right' },
  { heading: 'attempts', align: 'right', leaveOut: 1 },
  { heading: 'error', isSentence: true },
]

function terminalCells(terminal: TerminalSnapshot, { bytes }: TransferSnapshot, upstreams: readonly string[]): Cell[] {
  const { state, responseMs, seconds, error } = terminal
  return [
    { text: String(terminal.rank) },
    { text: escapeText(terminal.name) },
    { text: state, tone: STATE_TONES[state] },
    { text: upstreams.map(escapeText).join(', ') || '-' },
    { text: formatBytes(terminal.bytes) },
    { text: bytes === null ? '-' : formatPercent(terminal.bytes, bytes) },
    { text: state === 'receiving' ? formatRate(terminal.bytesPerSecond) : '-' },
    { text: responseMs === null ? '-' : formatMilliseconds(responseMs) },
    { text: seconds === null ? '-' : formatSeconds(seconds) },
    { text: String(terminal.attempts) },
    { text: error === null ? '' : escapeText(error.message), tone: STATE_TONES[state] },
  ]
}

function drawTextTree(
  snapshot: TransferSnapshot,
  symbols: Symbols,
  note: (terminal: TerminalSnapshot) => string,
): Line[] {
  const rows = arrangeTree(snapshot.terminals).map(({ terminal, continues }): Line => {
    const tone = STATE_TONES[terminal.state]
    return [
      segment(drawBranches(continues, symbols), 'dim'),
      segment(`${symbols.states[terminal.state]} `, tone),
      segment(escapeText(terminal.name)),
      segment(`  ${note(terminal)}`, 'dim'),
    ]
  })
  return [[segment(escapeText(nameOfFirst(snapshot)), 'strong')], ...rows]
}
