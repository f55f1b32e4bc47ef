/** One terminal's line in the live tree: its place in the tree, state, name, and how far it is. */

import { escapeText } from '../../system/escape-text.ts'
import type { TerminalSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from './bar.ts'
import { COLUMN_GAP, type Columns, widthBesideName } from './columns.ts'
import { formatBytes, formatMilliseconds, formatPercent, formatRate } from './format-quantities.ts'
import { type Line, padText, type Segment, segment, type Tone } from './line.ts'
import { STATE_TONES, type Symbols } from './symbols.ts'
import type { TreeRow } from './tree-rows.ts'

/** Deeper levels lose their outermost lines: the name has to stay readable. */
const LARGEST_INDENT_LEVELS = 7

const GAP = ' '.repeat(COLUMN_GAP)

export interface RowStyle {
  readonly columns: Columns
  readonly symbols: Symbols
  /** Length of the content; null while it is not known. */
  readonly contentBytes: number | null
}

/** The line of a terminal. */
export function drawTerminalRow(row: TreeRow, style: RowStyle): Line {
  const { terminal } = row
  const name = drawName(row, style)
  if (terminal.error !== null && terminal.state !== 'receiving') return [...name, ...drawError(terminal, style)]
  return [...name, ...drawProgress(terminal, style)]
}

/** The lines of the tree to the left of a terminal. */
export function drawBranches(continues: readonly boolean[], symbols: Symbols): string {
  const above = continues.slice(0, -1).map((follows) => (follows ? symbols.trunk : symbols.gap))
  const shown =
    above.length > LARGEST_INDENT_LEVELS ? [`${symbols.ellipsis} `, ...above.slice(-LARGEST_INDENT_LEVELS)] : above
  return shown.join('') + (continues.at(-1) ? symbols.branch : symbols.lastBranch)
}

/** The headings over the columns. */
export function drawHeadings(columns: Columns, symbols: Symbols): Line {
  const cell = (text: string, width: number) =>
    width === 0 ? '' : GAP + padText(text, width, { ellipsis: symbols.ellipsis, align: 'right' })
  const bar = columns.bar === 0 ? '' : GAP + ' '.repeat(columns.bar)
  return [
    segment(padText('terminal', columns.name, symbols), 'dim'),
    segment(bar, 'dim'),
    segment(cell('', columns.percent), 'dim'),
    segment(cell('bytes', columns.bytes), 'dim'),
    segment(cell('rate', columns.rate), 'dim'),
    segment(cell('response', columns.response), 'dim'),
    segment(columns.state === 0 ? '' : `${GAP}${padText('state', columns.state, symbols)}`, 'dim'),
  ]
}

function drawName({ terminal, continues }: TreeRow, { columns, symbols }: RowStyle): Segment[] {
  const branches = drawBranches(continues, symbols)
  const glyph = symbols.states[terminal.state]
  const room = columns.name - branches.length - 2
  const name = padText(escapeText(terminal.name), Math.max(0, room), symbols)
  if (room < 1) return [segment(padText(branches, columns.name, symbols), 'dim')]
  const tone = STATE_TONES[terminal.state]
  return [segment(branches, 'dim'), segment(`${glyph} `, tone), segment(name, nameTone(terminal))]
}

function nameTone({ state }: TerminalSnapshot): Tone {
  if (state === 'planned' || state === 'routed' || state === 'cancelled') return 'dim'
  return state === 'failed' ? 'bad' : 'plain'
}

function drawError(terminal: TerminalSnapshot, { columns, symbols }: RowStyle): Segment[] {
  const width = widthBesideName(columns)
  if (width <= 0 || terminal.error === null) return []
  const text = escapeText(`${terminal.state}: ${terminal.error.message}`)
  return [segment(GAP), segment(padText(text, width, symbols), STATE_TONES[terminal.state])]
}

function drawProgress(terminal: TerminalSnapshot, { columns, symbols, contentBytes }: RowStyle): Segment[] {
  const tone = STATE_TONES[terminal.state]
  const done = terminal.state === 'received' || terminal.state === 'active'
  const started = done || terminal.bytes > 0
  const fraction = done ? 1 : contentBytes === null || contentBytes === 0 ? 0 : terminal.bytes / contentBytes
  const right = (text: string, width: number) =>
    width === 0 ? '' : GAP + padText(text, width, { ellipsis: symbols.ellipsis, align: 'right' })
  const percent = done ? '100 %' : started && contentBytes !== null ? formatPercent(terminal.bytes, contentBytes) : ''
  return [
    ...(columns.bar === 0 ? [] : [segment(GAP), ...drawBar(fraction, columns.bar, tone, symbols)]),
    segment(right(percent, columns.percent), done ? 'good' : 'plain'),
    segment(right(started ? formatBytes(terminal.bytes) : '', columns.bytes)),
    segment(right(rateOf(terminal, done), columns.rate), done ? 'dim' : 'plain'),
    segment(
      right(terminal.responseMs === null ? '' : formatMilliseconds(terminal.responseMs), columns.response),
      'dim',
    ),
    segment(columns.state === 0 ? '' : `${GAP}${padText(terminal.state, columns.state, symbols)}`, tone),
  ]
}

/** The rate now; of a finished terminal its mean over the whole content. */
function rateOf({ bytes, bytesPerSecond, seconds, state }: TerminalSnapshot, done: boolean): string {
  if (done) return seconds !== null && seconds > 0 ? formatRate(bytes / seconds) : ''
  return state === 'receiving' ? formatRate(bytesPerSecond) : ''
}
