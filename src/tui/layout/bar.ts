/** Progress bars: a full part in the tone of the state, an empty part dim. */

import { type Segment, segment, type Tone } from './line.ts'
import type { Symbols } from './symbols.ts'

export interface BarStyle {
  readonly columns: number
  /** Of the full part. */
  readonly tone: Tone
  readonly symbols: Symbols
}

/**
 * A bar of exactly `columns` columns. Shows as full only what is all there, and as empty only what has nothing.
 * @param fraction from 0 to 1; anything outside is taken as the nearer end
 */
export function drawBar(fraction: number, { columns, tone, symbols }: BarStyle): Segment[] {
  const steps = symbols.barHalf === '' ? 1 : 2
  const filled = filledSteps(fraction, columns * steps)
  const full = Math.floor(filled / steps)
  const half = filled % steps === 0 ? '' : symbols.barHalf
  const empty = columns - full - (half === '' ? 0 : 1)
  return [segment(symbols.barFull.repeat(full) + half, tone), segment(symbols.barEmpty.repeat(empty), 'dim')]
}

function filledSteps(fraction: number, steps: number): number {
  if (!(fraction > 0)) return 0
  if (fraction >= 1) return steps
  return Math.min(steps - 1, Math.max(1, Math.floor(fraction * steps)))
}
