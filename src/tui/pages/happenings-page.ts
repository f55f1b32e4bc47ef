/** All that happened in a transfer since the view began, as far as it fits. */

import type { TransferSnapshot } from '../../wire/snapshot.ts'
import { drawTitle } from '../layout/header.ts'
import { fitLine, type Line, segment } from '../layout/line.ts'
import type { Happening } from '../view/happenings.ts'
import { drawHappenings } from './happening-lines.ts'
import { type PageStyle, RIGHT_MARGIN } from './page-style.ts'

export function drawHappeningsPage(
  { snapshot, happenings }: { snapshot: TransferSnapshot; happenings: readonly Happening[] },
  style: PageStyle,
  footer: Line,
): Line[] {
  const { rows, symbols, elapsedSeconds } = style
  const columns = Math.max(1, style.columns - RIGHT_MARGIN)
  const room = Math.max(0, rows - 3)
  const last = room === 0 ? [] : happenings.slice(-room)
  const told =
    last.length === 0 ? [[segment('nothing out of the ordinary since this view began', 'dim')]] : drawHappenings(last)
  const lines = [drawTitle(snapshot, { columns, symbols, elapsedSeconds }), [], ...told]
  const filler = Array<Line>(Math.max(0, rows - 1 - lines.length)).fill([])
  return [...lines, ...filler, footer].slice(-rows).map((line) => fitLine(line, columns, symbols.ellipsis))
}
