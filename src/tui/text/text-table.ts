/**
 * Tables of text: a heading row, columns as wide as their longest cell, numbers to the right, names shortened in their middle.
 *
 * On a screen of known width no row is broken: the columns that matter least are left out, which a last line says, and sentences, which
 * stand in the last column, go on below themselves. Elsewhere, such as in a pipe, everything stands in its row.
 */

import { fitMiddle, type Line, padText, type Segment, segment, type Tone, widthOf } from '../layout/line.ts'
import { wrapText } from '../layout/wrap-text.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
  /** Whether a long text is shortened. */
  readonly isName?: boolean
  /** Sentences: only of the last column. */
  readonly isSentence?: boolean
  /** Left out where the screen is too narrow, 1 first; never when left out here. */
  readonly leaveOut?: number
}

export interface TableStyle {
  /** Of the screen; undefined where there is none. */
  readonly columns?: number | undefined
}

/** As wide as a name gets: any name that people chose fits, and most that machines made. */
const NAME_COLUMNS = 48
/** Sentences in a narrower column would be a word a line: they are left to the screen to break. */
const NARROWEST_SENTENCE = 16
const GAP = '  '

/** The table's lines; every row has one cell per column. */
export function drawTable(
  columns: readonly TableColumn[],
  rows: readonly (readonly Cell[])[],
  { columns: room }: TableStyle = {},
): Line[] {
  const headings = columns.map(({ heading }): Cell => ({ text: heading, tone: 'dim' }))
  const lines = [headings, ...rows.map((cells) => cells.map((cell, index) => shorten(cell, columns[index])))]
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index]?.text ?? ''))))
  const narrowest = columns.map((_, index) => Math.max(...lines.map((cells) => longestWord(cells[index]?.text ?? ''))))
  const shown = columnsThatFit(columns, { widths, narrowest }, room)
  const drawn = lines.flatMap((cells) => drawRow(cells, { columns, widths, shown, room }))
  const missing = columns.filter((_, index) => !shown.includes(index)).map(({ heading }) => heading)
  return missing.length === 0 ? drawn : [...drawn, ...missingNote(missing, room)]
}

function missingNote(missing: readonly string[], room = 0): Line[] {
  const text = `no room here for ${missing.join(', ')}: a wider screen or --json shows it`
  return wrapText(text, room).map((line) => [segment(line, 'dim')])
}

/** The places of the columns to show. */
function columnsThatFit(
  columns: readonly TableColumn[],
  { widths, narrowest }: { widths: readonly number[]; narrowest: readonly number[] },
  room = Infinity,
): number[] {
  const all = columns.map((_, index) => index)
  const needed = all.map((index) => (columns[index]?.isSentence ? narrowest[index] : widths[index]) ?? 0)
  if (totalOf(all, needed) <= room) return all
  const byWorth = all
    .filter((index) => columns[index]?.leaveOut !== undefined)
    .sort((a, b) => (columns[b]?.leaveOut ?? 0) - (columns[a]?.leaveOut ?? 0))
  let shown = all.filter((index) => columns[index]?.leaveOut === undefined)
  for (const index of byWorth) {
    if (totalOf([...shown, index], needed) <= room) shown = [...shown, index]
  }
  return shown.sort((a, b) => a - b)
}

function totalOf(shown: readonly number[], widths: readonly number[]): number {
  return shown.reduce((sum, index) => sum + (widths[index] ?? 0) + GAP.length, -GAP.length)
}

interface RowStyle {
  readonly columns: readonly TableColumn[]
  readonly widths: readonly number[]
  readonly shown: readonly number[]
  readonly room: number | undefined
}

function drawRow(cells: readonly Cell[], { columns, widths, shown, room }: RowStyle): Line[] {
  const line = shown.flatMap((index, place): Segment[] => {
    const { text, tone = 'plain' } = cells[index] ?? { text: '' }
    const padded = segment(
      padText(text, widths[index] ?? 0, { ellipsis: '', align: columns[index]?.align ?? 'left' }),
      tone,
    )
    return place === 0 ? [padded] : [segment(GAP), padded]
  })
  const last = shown.at(-1) ?? 0
  const before = totalOf(shown.slice(0, -1), widths) + GAP.length
  if (room === undefined || !columns[last]?.isSentence || room - before < NARROWEST_SENTENCE) return [line]
  const { text, tone = 'plain' } = cells[last] ?? { text: '' }
  return wrapText(text, room - before).map((part, place) => [
    ...(place === 0 ? line.slice(0, -1) : [segment(' '.repeat(before))]),
    segment(part, tone),
  ])
}

/** What a column of sentences needs at least: words are broken where the screen leaves no other choice. */
function longestWord(text: string): number {
  const longest = Math.max(...text.split(' ').map(widthOf))
  return Math.min(widthOf(text), Math.max(NARROWEST_SENTENCE, Math.min(longest, NAME_COLUMNS)))
}

function shorten(cell: Cell, column: TableColumn | undefined): Cell {
  return column?.isName ? { ...cell, text: fitMiddle(cell.text, NAME_COLUMNS, '...') } : cell
}
