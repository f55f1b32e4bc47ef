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
import { drawHeader, drawTitle, wrapProperties } from '../layout/header.ts'
import { type Line, segment, widthOf } from '../layout/line.ts'
import { STATE_TONES, type Symbols, symbolsFor } from '../layout/symbols.ts'
import { describeTrouble, drawBranches, drawTrunks } from '../layout/terminal-row.ts'
import { arrangeTree } from '../layout/tree-rows.ts'
import { wrapText } from '../layout/wrap-text.ts'
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
/** In a narrower column a note would be a word a line. */
const NARROWEST_NOTE = 16

function pageColumns(columns: number | undefined): number {
  return Math.min(columns ?? PAGE_COLUMNS, PAGE_COLUMNS)
}

/** The tree as it would be, with each terminal's rank and when it should have the content. */
export function drawPlan(plan: TransferSnapshot, { unicode, color, columns }: DrawingStyle): string {
  const symbols = symbolsFor(unicode)
  const style = { columns: pageColumns(columns), symbols, elapsedSeconds: 0 }
  const note = (terminal: TerminalSnapshot) => {
    const { rank, leaf, state, predictedSeconds } = terminal
    const why = state === 'pending' || state === 'failed' ? `  ${describeTrouble(terminal)}` : ''
    const when = predictedSeconds === undefined ? '' : `  about ${formatSeconds(predictedSeconds)}`
    return `rank ${rank}${leaf ? '  leaf' : ''}${when}${why}`
  }
  const tree = drawTextTree(plan, { symbols, columns }, note)
  return paintLines([drawTitle(plan, style), ...wrapProperties(plan, style), ...drawTimes(plan), [], ...tree], {
    color,
  })
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
  const tree = drawTextTree(snapshot, { symbols, columns }, ({ state }) => state)
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

/** A note that is wider than the screen goes on below itself. */
function drawTextTree(
  snapshot: TransferSnapshot,
  { symbols, columns = Infinity }: { readonly symbols: Symbols; readonly columns: number | undefined },
  note: (terminal: TerminalSnapshot) => string,
): Line[] {
  const rows = arrangeTree(snapshot.terminals).flatMap(({ terminal, continues }): Line[] => {
    const head = [
      segment(drawBranches(continues, symbols), 'dim'),
      segment(`${symbols.states[terminal.state]} `, STATE_TONES[terminal.state]),
      segment(`${escapeText(terminal.name)}  `),
    ]
    const headColumns = head.reduce((sum, { text }) => sum + widthOf(text), 0)
    const trunks = drawTrunks(continues, symbols).padEnd(headColumns)
    const lines = wrapText(note(terminal), Math.max(NARROWEST_NOTE, columns - headColumns))
    return lines.map((text, at) => [...(at === 0 ? head : [segment(trunks, 'dim')]), segment(text, 'dim')])
  })
  return [[segment(escapeText(nameOfFirst(snapshot)), 'strong')], ...rows]
}
