/** One scenario in the report: what it is, and what came of it. */

import type { Findings, Skipped } from '../scenario.ts'

export interface Entry {
  readonly name: string
  readonly summary: string
  readonly outcome: Findings | Skipped | { readonly failed: string }
}

/** Whether nothing went wrong; a scenario that was skipped did not go wrong. */
export function succeeded({ outcome }: Entry): boolean {
  if ('failed' in outcome) return false
  return 'skipped' in outcome || outcome.checks.every(({ holds }) => holds)
}
