/** One terminal's line in the live tree: its place in the tree, state, name, and how far it is. */

import { escapeText } from '../../system/escape-text.ts'
import type { TerminalSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from './bar.ts'
import { COLUMN_GAP, type Columns, widthBesideName } from './columns.ts'
import { formatBytes, formatMilliseconds, formatPercent, formatShortRate } from './format-quantities.ts'
import { fitText, type Line, padText, type Segment, segment, type Tone, widthOf } from './line.ts'
import { STATE_TONES, type Symbols } from './symbols.ts'
import type { TreeRow } from './tree-rows.ts'

/** Deeper levels lose their outermost lines: the name has to stay readable. */
const LARGEST_INDENT_LEVELS = 7

const GAP = ' '.repeat(COLUMN_GAP)

/** A row of the live tree, or of a list in another order. */
export interface ListedRow extends TreeRow {
  /** Those below it are not shown. */
  readonly folded: boolean
  /** False for a terminal that is shown only because one below it matches the filter. */
  readonly matches: boolean
}

export interface RowStyle {
  readonly columns: Columns
  readonly symbols: Symbols
  /** Length of the content; null while it is not known. */
  readonly contentBytes: number | null
  /** Bytes per second that each node sends, by its handle. */
  readonly outRates: ReadonlyMap<number, number>
  /** Names of a terminal's upstreams. */
  readonly upstreamsOf: (terminal: TerminalSnapshot) => readonly string[]
}

/** The line of a terminal. */
export function drawTerminalRow(row: ListedRow, style: RowStyle): Line {
  const { terminal } = row
  const name = drawName(row, style)
  if (terminal.error !== null && terminal.state !== 'receiving') return [...name, ...drawError(terminal, style)]
  return [...name, ...drawProgress(terminal, style)]
}

/** The lines of the tree to the left of a terminal; nothing for one in a list. */
export function drawBranches(continues: readonly boolean[], symbols: Symbols): string {
  if (continues.length === 0) return ''
  const above = continues.slice(0, -1).map((follows) => (follows ? symbols.trunk : symbols.gap))
  const shown =
    above.length > LARGEST_INDENT_LEVELS ? [`${symbols.ellipsis} `, ...above.slice(-LARGEST_INDENT_LEVELS)] : above
  return shown.join('') + (continues.at(-1) ? symbols.branch : symbols.lastBranch)
}

/** The lines of the tree beside what a row goes on with below itself. */
export function drawTrunks(continues: readonly boolean[], symbols: Symbols): string {
  const own = continues.at(-1) ? symbols.trunk : symbols.gap
  return continues.length === 0 ? '' : drawBranches(continues, symbols).slice(0, -own.length) + own
}

/** The headings over the columns. */
export function drawHeadings(columns: Columns, symbols: Symbols, title = 'terminal'): Line {
  const bar = columns.bar === 0 ? '' : GAP + ' '.repeat(columns.bar)
  const text = [
    padText(title, columns.name, symbols),
    bar,
    rightCell('', columns.percent, symbols),
    rightCell('in', columns.in, symbols),
    rightCell('out', columns.out, symbols),
    rightCell('response', columns.response, symbols),
    rightCell('bytes', columns.bytes, symbols),
    leftCell('state', columns.state, symbols),
    leftCell('from', columns.from, symbols),
  ]
  return [segment(text.join(''), 'dim')]
}

/** A gap and the text at the right of its column; nothing where the column is left out. */
export function rightCell(text: string, width: number, { ellipsis }: Symbols): string {
  return width === 0 ? '' : GAP + padText(text, width, { ellipsis, align: 'right' })
}

function leftCell(text: string, width: number, { ellipsis }: Symbols): string {
  return width === 0 ? '' : GAP + padText(text, width, { ellipsis })
}

function drawName({ terminal, continues, below, folded, matches }: ListedRow, style: RowStyle): Segment[] {
  const { columns, symbols } = style
  const branches = drawBranches(continues, symbols)
  const glyph = symbols.states[terminal.state]
  const room = columns.name - branches.length - 2
  if (room < 1) return [segment(padText(branches, columns.name, symbols), 'dim')]
  const tone = STATE_TONES[terminal.state]
  const hidden = folded ? ` +${below}` : ''
  const name = fitText(escapeText(terminal.name), Math.max(1, room - hidden.length), symbols.ellipsis)
  const blanks = ' '.repeat(Math.max(0, room - widthOf(name) - hidden.length))
  return [
    segment(branches, 'dim'),
    segment(`${glyph} `, tone),
    segment(name, matches ? nameTone(terminal) : 'dim'),
    segment(hidden + blanks, 'busy'),
  ]
}

function nameTone({ state }: TerminalSnapshot): Tone {
  if (state === 'planned' || state === 'routed' || state === 'cancelled') return 'dim'
  return state === 'failed' ? 'bad' : 'plain'
}

function drawError(terminal: TerminalSnapshot, { columns, symbols }: RowStyle): Segment[] {
  const width = widthBesideName(columns)
  if (width <= 0 || terminal.error === null) return []
  return [segment(GAP), segment(padText(describeTrouble(terminal), width, symbols), STATE_TONES[terminal.state])]
}

/** `pending: offline: …`, behind the terminal's name: said again, it would leave less room for the reason. */
export function describeTrouble({ name, state, error }: TerminalSnapshot): string {
  if (error === null) return state
  const reason = error.message.replace(`terminal ${name} is `, '').replace(`terminal ${name} `, '')
  return escapeText(`${state}: ${reason}`)
}

function drawProgress(terminal: TerminalSnapshot, style: RowStyle): Segment[] {
  const { columns, symbols, contentBytes, outRates, upstreamsOf } = style
  const tone = STATE_TONES[terminal.state]
  const done = hasAll(terminal)
  const started = done || terminal.bytes > 0
  const fraction = done ? 1 : contentBytes === null || contentBytes === 0 ? 0 : terminal.bytes / contentBytes
  const percent = done ? '100 %' : started && contentBytes !== null ? formatPercent(terminal.bytes, contentBytes) : ''
  const out = outRates.get(terminal.handle) ?? 0
  const response = terminal.responseMs === null ? '' : formatMilliseconds(terminal.responseMs)
  return [
    ...(columns.bar === 0 ? [] : [segment(GAP), ...drawBar(fraction, { columns: columns.bar, tone, symbols })]),
    segment(rightCell(percent, columns.percent, symbols), done ? 'good' : 'plain'),
    segment(rightCell(rateIn(terminal), columns.in, symbols), done ? 'dim' : 'plain'),
    segment(rightCell(out >= 1 ? formatShortRate(out) : '', columns.out, symbols)),
    segment(rightCell(response, columns.response, symbols), 'dim'),
    segment(rightCell(started ? formatBytes(terminal.bytes) : '', columns.bytes, symbols)),
    segment(leftCell(terminal.state, columns.state, symbols), tone),
    segment(leftCell(upstreamsOf(terminal).map(escapeText).join(' '), columns.from, symbols), 'dim'),
  ]
}

/** Whether the terminal has the whole content. */
export function hasAll({ state }: Pick<TerminalSnapshot, 'state'>): boolean {
  return state === 'received' || state === 'active'
}

/** The rate now; of a finished terminal its mean over the whole content. */
function rateIn(terminal: TerminalSnapshot): string {
  const { bytes, bytesPerSecond, seconds, state } = terminal
  if (hasAll(terminal)) return seconds !== null && seconds > 0 ? formatShortRate(bytes / seconds) : ''
  return state === 'receiving' ? formatShortRate(bytesPerSecond) : ''
}
