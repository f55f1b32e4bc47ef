/** Which contents go to their terminals whole, on the control connections that are open anyway. Pure. */

import type { Plan } from '../tree/plan.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Manifest } from '../wire/signed-documents.ts'

/** Whether nobody relays anything, and the content is so small that two links to each terminal would cost far more than its bytes. */
export function goesWhole({ bytes }: Pick<Manifest, 'bytes'>, { kind, stripes }: Plan): boolean {
  if (bytes === null || bytes > LIMITS.wholeContentBytes || kind !== 'classic') return false
  return stripes.every(({ edges }) => edges.every(({ depth }) => depth === 1))
}
