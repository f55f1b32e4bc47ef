/**
 * A transfer as one screen: header, headings, the main server, the tree, and what did not fit.
 *
 * Pure. Guarantee: at most `rows` lines of at most `columns` columns, for any number of terminals.
 */

import type { TransferSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from './bar.ts'
import { COLUMN_GAP, type Columns, planColumns } from './columns.ts'
import { formatBytes, formatPercent } from './format-quantities.ts'
import { drawHeader } from './header.ts'
import { fitLine, type Line, padText, segment } from './line.ts'
import { type Symbols, symbolsFor } from './symbols.ts'
import { drawHeadings, drawTerminalRow } from './terminal-row.ts'
import { arrangeTree } from './tree-rows.ts'
import { chooseVisible, describeStates } from './visible-terminals.ts'

export interface FrameView {
  readonly columns: number
  readonly rows: number
  readonly unicode: boolean
  readonly elapsedSeconds: number
}

/** Header, blank line, headings, main server. */
const FIXED_LINES = 6
/** Room kept empty at the right, so that a terminal that wraps early stays calm. */
const RIGHT_MARGIN = 1

/** The lines of the screen. */
export function drawFrame(snapshot: TransferSnapshot, view: FrameView): Line[] {
  const symbols = symbolsFor(view.unicode)
  const width = Math.max(1, view.columns - RIGHT_MARGIN)
  const columns = planColumns(width)
  const lines = [
    ...drawHeader(snapshot, { columns: width, symbols, elapsedSeconds: view.elapsedSeconds }),
    [],
    drawHeadings(columns, symbols),
    drawMainServer(snapshot, columns, symbols),
    ...drawTree(snapshot, { columns, symbols, rows: view.rows - FIXED_LINES }),
  ]
  return lines.slice(0, Math.max(1, view.rows)).map((line) => fitLine(line, width, symbols.ellipsis))
}

interface TreeView {
  readonly columns: Columns
  readonly symbols: Symbols
  readonly rows: number
}

function drawTree(snapshot: TransferSnapshot, { columns, symbols, rows }: TreeView): Line[] {
  const fits = snapshot.terminals.length <= rows
  const visible = chooseVisible(snapshot.terminals, fits ? rows : Math.max(0, rows - 1))
  const style = { columns, symbols, contentBytes: snapshot.bytes }
  const tree = arrangeTree(visible).map((row) => drawTerminalRow(row, style))
  if (fits) return tree
  const shown = new Set(visible)
  const hidden = snapshot.terminals.filter((terminal) => !shown.has(terminal))
  return [...tree, [segment(`+ ${hidden.length} more: ${describeStates(hidden)}`, 'dim')]]
}

function drawMainServer(snapshot: TransferSnapshot, columns: Columns, symbols: Symbols): Line {
  const gap = ' '.repeat(COLUMN_GAP)
  const { bytes, storedBytes } = snapshot
  const stored = bytes !== null && storedBytes >= bytes
  const fraction = bytes === null ? 0 : bytes === 0 ? 1 : storedBytes / bytes
  const right = (text: string, width: number) =>
    width === 0 ? '' : gap + padText(text, width, { ellipsis: symbols.ellipsis, align: 'right' })
  return [
    segment(padText('main', columns.name, symbols), 'strong'),
    ...(columns.bar === 0 ? [] : [segment(gap), ...drawBar(fraction, columns.bar, stored ? 'dim' : 'busy', symbols)]),
    segment(right(bytes === null ? '' : formatPercent(storedBytes, bytes), columns.percent), 'dim'),
    segment(right(formatBytes(storedBytes), columns.bytes), 'dim'),
  ]
}
