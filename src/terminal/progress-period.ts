/** How often a terminal reports its progress. */

import { LIMITS } from '../wire/limits.ts'
import type { Manifest } from '../wire/signed-documents.ts'

/** With many targets each reports less often, so that the main server hears of a thousand in a second what it hears of 250. */
export function progressPeriodMs({ targets }: Pick<Manifest, 'targets'>): number {
  return Math.min(Math.max(LIMITS.progressMs, targets), LIMITS.progressLastMs)
}
