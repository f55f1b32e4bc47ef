/** What happened, a line each, the newest last. */

import { formatClock } from '../layout/format-quantities.ts'
import { type Line, segment } from '../layout/line.ts'
import type { Happening } from '../view/happenings.ts'

export function drawHappenings(happenings: readonly Happening[]): Line[] {
  return happenings.map(({ seconds, tone, text }) => [
    segment(`${formatClock(seconds).padStart(6)}  `, 'dim'),
    segment(text, tone),
  ])
}
