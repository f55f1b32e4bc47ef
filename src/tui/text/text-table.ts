/** Tables of text: a heading row, columns as wide as their longest cell, numbers to the right. */

import { type Line, padText, type Segment, segment, type Tone, widthOf } from '../layout/line.ts'

export interface Cell {
  readonly text: string
  readonly tone?: Tone
}

export interface TableColumn {
  readonly heading: string
  readonly align?: 'left' | 'right'
}

const GAP = '  '

/** The table's lines; every row has one cell per column. */
export function drawTable(columns: readonly TableColumn[], rows: readonly (readonly Cell[])[]): Line[] {
  const headings = columns.map(({ heading }): Cell => ({ text: heading, tone: 'dim' }))
  const lines = [headings, ...rows]
  const widths = columns.map((_, index) => Math.max(...lines.map((cells) => widthOf(cells[index]?.text ?? ''))))
  return lines.map((cells) =>
    columns.flatMap(({ align = 'left' }, index): Segment[] => {
      const { text, tone = 'plain' } = cells[index] ?? { text: '' }
      const padded = segment(padText(text, widths[index] ?? 0, { ellipsis: '', align }), tone)
      return index === 0 ? [padded] : [segment(GAP), padded]
    }),
  )
}
