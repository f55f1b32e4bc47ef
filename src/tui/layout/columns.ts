/**
 * How wide each column of the live tree is.
 *
 *   | tree and name | bar | percent | in | out | response | bytes | state | from |
 *
 * A narrow screen loses columns from the right and keeps the name and the percent; a wide one gives what is over to the bar, then
 * to the name.
 */

export interface Columns {
  readonly name: number
  /** 0 for a column that is left out. */
  readonly bar: number
  readonly percent: number
  /** Rates in and out. */
  readonly in: number
  readonly out: number
  readonly response: number
  readonly bytes: number
  readonly state: number
  /** Names of the upstreams. */
  readonly from: number
}

/** Blank columns before each column but the first. */
export const COLUMN_GAP = 2

const PERCENT = 5
const SMALLEST_NAME = 22
const LARGEST_NAME = 48
const SMALLEST_BAR = 10
const LARGEST_BAR = 40

/** The columns that come after name, bar and percent, most wanted first, with the width of their longest value. */
const OPTIONAL = [
  ['in', '1023 MiB/s'.length],
  ['out', '1023 MiB/s'.length],
  ['response', 'response'.length],
  ['bytes', '1023.9 MiB'.length],
  ['state', 'cancelled'.length],
  ['from', 'web1 web2 web3'.length],
] as const

const LEFT_OUT = { in: 0, out: 0, response: 0, bytes: 0, state: 0, from: 0 }

/** Column widths for a screen of `columns`; together with their gaps never more than that. */
export function planColumns(columns: number): Columns {
  const optional: Record<keyof typeof LEFT_OUT, number> = { ...LEFT_OUT }
  let left = columns - SMALLEST_NAME - (COLUMN_GAP + PERCENT)
  if (left < 0) return { name: Math.max(0, columns), bar: 0, percent: 0, ...optional }
  const hasBar = left >= COLUMN_GAP + SMALLEST_BAR
  if (hasBar) left -= COLUMN_GAP + SMALLEST_BAR
  for (const [column, width] of OPTIONAL) {
    if (left < COLUMN_GAP + width) break
    optional[column] = width
    left -= COLUMN_GAP + width
  }
  const barGrowth = hasBar ? Math.min(LARGEST_BAR - SMALLEST_BAR, Math.floor(left / 2)) : 0
  const nameGrowth = Math.min(LARGEST_NAME - SMALLEST_NAME, left - barGrowth)
  return {
    name: SMALLEST_NAME + nameGrowth,
    bar: hasBar ? SMALLEST_BAR + barGrowth : 0,
    percent: PERCENT,
    ...optional,
  }
}

/** Columns from the start of the bar to the end of the row. */
export function widthBesideName(columns: Columns): number {
  const { name: _, ...others } = columns
  return Object.values(others).reduce((sum, width) => sum + (width > 0 ? COLUMN_GAP + width : 0), 0) - COLUMN_GAP
}
