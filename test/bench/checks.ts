/** Checks that are made again in every run. */

import type { Check } from './scenario.ts'

/** One line a check: it holds when it held each time; the detail is that of the first time it did not. */
export function inEveryRun(checks: readonly Check[]): Check[] {
  const named = Map.groupBy(checks, ({ name }) => name)
  return [...named.values()].map((same) => {
    const shown = (same.find(({ holds }) => !holds) ?? same[0]) as Check
    return { ...shown, detail: `${shown.detail}; ${same.length} ${same.length === 1 ? 'run' : 'runs'}` }
  })
}
