/**
 * A transfer as one screen: head, headings, the main server, the tree or list, what does not fit, and what happened last.
 *
 * Pure. Guarantee: at most `rows` lines of at most `columns` columns, for any number of terminals.
 */

import { escapeText } from '../../system/escape-text.ts'
import { nameOfFirst, type TerminalSnapshot, type TransferSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from '../layout/bar.ts'
import { COLUMN_GAP, type Columns, planColumns } from '../layout/columns.ts'
import { edgesOf, MAIN } from '../layout/edges.ts'
import { formatBytes, formatPercent, formatShortRate } from '../layout/format-quantities.ts'
import { drawHeader } from '../layout/header.ts'
import { chosenLine, fitLine, type Line, padText, type Segment, segment } from '../layout/line.ts'
import type { Symbols } from '../layout/symbols.ts'
import { drawHeadings, drawTerminalRow, type ListedRow, rightCell } from '../layout/terminal-row.ts'
import { describeStates } from '../layout/visible-terminals.ts'
import { type Happening, namesOf } from '../view/happenings.ts'
import { drawHappenings } from './happening-lines.ts'
import { type PagePlan, planPage } from './page-plan.ts'
import { type PageStyle, RIGHT_MARGIN } from './page-style.ts'

/** Header, headings, main server. */
const HEAD_LINES = 6
/** The mark of the chosen row. */
const MARK_COLUMNS = 1

export interface TreePage {
  readonly snapshot: TransferSnapshot
  /** All rows, or those chosen to be shown when `first` is undefined. */
  readonly rows: readonly ListedRow[]
  /** Place of the first row to show; undefined when the rows were chosen out of more. */
  readonly first: number | undefined
  readonly cursor: number | undefined
  readonly happenings: readonly Happening[]
  /** Over the names: what is listed, in which order. */
  readonly title: string
  /** Stands in the last line; undefined for a drawing that stays. */
  readonly footer: Line | undefined
}

/** How the rows of the screen are shared out. */
export function planTreePage({ happenings, footer }: Pick<TreePage, 'happenings' | 'footer'>, rows: number): PagePlan {
  return planPage({ rows, head: HEAD_LINES, happenings: happenings.length, footer: footer !== undefined })
}

/** The lines of the screen; exactly `rows` of them when there is a footer. */
export function drawTreePage(page: TreePage, style: PageStyle): Line[] {
  const { snapshot, happenings, footer, title } = page
  const { symbols } = style
  const width = Math.max(1, style.columns - RIGHT_MARGIN)
  const columns = planColumns(width - MARK_COLUMNS)
  const plan = planTreePage(page, style.rows)
  const { outRates } = edgesOf(snapshot)
  const last = plan.happenings === 0 ? [] : drawHappenings(happenings.slice(-plan.happenings))
  const bottom = [
    ...(plan.rule ? [drawRule('what happened', width, symbols)] : []),
    ...last,
    ...(footer === undefined ? [] : [footer]),
  ]
  const top = [
    ...drawHeader(snapshot, { columns: width, symbols, elapsedSeconds: style.elapsedSeconds }),
    ...(plan.blank ? [[]] : []),
    indent(drawHeadings(columns, symbols, title)),
    indent(drawFirstServer(snapshot, { columns, symbols, outRates })),
    ...drawRows(page, { columns, symbols, outRates, rows: plan.list, width }),
  ]
  const filler = footer === undefined ? 0 : Math.max(0, style.rows - top.length - bottom.length)
  const lines = [...top.slice(0, Math.max(1, style.rows - bottom.length)), ...Array<Line>(filler).fill([]), ...bottom]
  return lines.slice(0, Math.max(1, style.rows)).map((line) => fitLine(line, width, symbols.ellipsis))
}

/** `── what happened ─────`. */
function drawRule(title: string, columns: number, { barEmpty }: Symbols): Line {
  const start = `${barEmpty.repeat(2)} ${title} `
  return [segment(start + barEmpty.repeat(Math.max(0, columns - start.length)), 'dim')]
}

/** Room that the list has for rows, when not all of them fit: one line is for what is not shown. */
export function rowsThatFit(list: number, total: number): number {
  return total <= list ? list : Math.max(0, list - 1)
}

interface RowsStyle {
  readonly columns: Columns
  readonly symbols: Symbols
  readonly outRates: ReadonlyMap<number, number>
  readonly rows: number
  readonly width: number
}

function drawRows({ snapshot, rows, first, cursor }: TreePage, style: RowsStyle): Line[] {
  const { columns, symbols, outRates, rows: room, width } = style
  const total = first === undefined ? snapshot.terminals.length : rows.length
  const fit = rowsThatFit(room, total)
  const start = first ?? 0
  const shown = rows.slice(start, start + fit)
  const name = namesOf(snapshot)
  const rowStyle = {
    columns,
    symbols,
    contentBytes: snapshot.bytes,
    outRates,
    upstreamsOf: ({ upstreams }: TerminalSnapshot) => [
      ...new Set(upstreams.filter((handle) => handle !== null).map(name)),
    ],
  }
  const lines = shown.map((row) => {
    const line = drawTerminalRow(row, rowStyle)
    if (row.terminal.handle !== cursor) return indent(line)
    return chosenLine(fitLine([segment(symbols.cursor), ...line], width, symbols.ellipsis), width)
  })
  if (total <= room) return rows.length === 0 ? [indent([segment('no terminal matches', 'dim')])] : lines
  const visible = new Set(shown.map(({ terminal }) => terminal))
  const hidden = (first === undefined ? snapshot.terminals : rows.map(({ terminal }) => terminal)).filter(
    (terminal) => !visible.has(terminal),
  )
  const where =
    first === undefined ? `+ ${hidden.length} more` : `${start + 1}-${start + shown.length} of ${total}, and`
  return [...lines, indent([segment(`${where}: ${describeStates(hidden)}`, 'dim')])]
}

function indent(line: Line): Line {
  return [segment(' '.repeat(MARK_COLUMNS)), ...line]
}

function drawFirstServer(
  snapshot: TransferSnapshot,
  { columns, symbols, outRates }: Pick<RowsStyle, 'columns' | 'symbols' | 'outRates'>,
): Segment[] {
  const { bytes, storedBytes } = snapshot
  const name = nameOfFirst(snapshot)
  // A pusher, or a terminal, that is the first server has all of it from the start.
  const held = name === 'main' ? storedBytes : (bytes ?? 0)
  const hasAllOfIt = bytes !== null && held >= bytes
  const fraction = bytes === null ? 0 : bytes === 0 ? 1 : held / bytes
  const gap = segment(' '.repeat(COLUMN_GAP))
  const out = outRates.get(MAIN) ?? 0
  return [
    segment(padText(escapeText(name), columns.name, symbols), 'strong'),
    ...(columns.bar === 0
      ? []
      : [gap, ...drawBar(fraction, { columns: columns.bar, tone: hasAllOfIt ? 'dim' : 'busy', symbols })]),
    segment(rightCell(bytes === null ? '' : formatPercent(held, bytes), columns.percent, symbols), 'dim'),
    segment(rightCell('', columns.in, symbols)),
    segment(rightCell(out >= 1 ? formatShortRate(out) : '', columns.out, symbols)),
    segment(rightCell('', columns.response, symbols)),
    segment(rightCell(formatBytes(held), columns.bytes, symbols), 'dim'),
  ]
}
