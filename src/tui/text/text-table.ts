/** Tables of text: a heading row, columns as wide as their longest cell, numbers to the right, names shortened in their middle. */

import { fitMiddle, type Line, padText, type Segment, segment, type Tone, widthOf } from '../layout/line.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
  /** Whether a long text is shortened. Sentences are not: they stand in the last column, and wrap. */
  readonly isName?: boolean
}

/** As wide as a name gets: any name that people chose fits, and most that machines made. */
const NAME_COLUMNS = 48

const GAP = '  '

/** The table's lines; every row has one cell per column. */
export function drawTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): Line[] {
  const headings = columns.map(({ heading }): Cell => ({ text: heading, tone: 'dim' }))
  const lines = [headings, ...rows.map((cells) => cells.map((cell, index) => shorten(cell, columns[index])))]
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index]?.text ?? ''))))
  return lines.map((cells) =>
    columns.flatMap(({ align = 'left' }, index): Segment[] => {
      const { text, tone = 'plain' } = cells[index] ?? { text: '' }
      const padded = segment(padText(text, widths[index] ?? 0, { ellipsis: '', align }), tone)
      return index === 0 ? [padded] : [segment(GAP), padded]
    }),
  )
}

function shorten(cell: Cell, column: TableColumn | undefined): Cell {
  return column?.isName ? { ...cell, text: fitMiddle(cell.text, NAME_COLUMNS, '...') } : cell
}
