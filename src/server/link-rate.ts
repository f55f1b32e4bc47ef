/**
 * The best rate at which any one node of a transfer takes in or gives out: what the transfer itself shows of the links, and so the B of
 * F/B, the time in which a content of F bytes crosses one link.
 */

import type { Source } from './source-rates.ts'

/** One delivery's rate in, and where it comes from. */
export interface NodeRates {
  readonly bytesPerSecond: number
  readonly sources: readonly Source[]
}

/** In bytes per second; 0 when nothing moves. */
export function bestNodeRate(deliveries: readonly NodeRates[]): number {
  let best = 0
  const out = new Map<number, number>()
  for (const { bytesPerSecond, sources } of deliveries) {
    best = Math.max(best, bytesPerSecond)
    for (const source of sources) {
      const rate = (out.get(source.handle) ?? 0) + source.bytesPerSecond
      out.set(source.handle, rate)
      best = Math.max(best, rate)
    }
  }
  return best
}
