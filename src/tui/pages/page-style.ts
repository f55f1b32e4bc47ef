/** What every page of the live view is drawn with. */

import type { Symbols } from '../layout/symbols.ts'

export interface PageStyle {
  readonly columns: number
  readonly rows: number
  readonly symbols: Symbols
  /** Time since the transfer began, as it should read now. */
  readonly elapsedSeconds: number
}

/** Room kept empty at the right, so that a terminal that wraps early stays calm. */
export const RIGHT_MARGIN = 1
