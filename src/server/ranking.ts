/**
 * The order of terminals by measured performance, best first (US 8,495,167, column 5: "terminals with shortest response times"). Pure.
 *
 * Those without a measurement come last, and equals in the order of their names, so that the same measurements always give the same rank.
 */

export interface Measured {
  readonly name: string
  /** Smoothed; null before the first measurement. */
  readonly responseMs: number | null
}

/** The terminals by response time, fastest first. */
export function rankByResponse<T extends Measured>(terminals: readonly T[]): T[] {
  return terminals.toSorted((a, b) => compareResponse(a.responseMs, b.responseMs) || compareNames(a.name, b.name))
}

/** How fast each of `ranked` is against the best of them: 1 for the best, towards 0 for slower, 0 when never measured. */
export function relativePerformance(ranked: readonly Measured[]): number[] {
  const best = ranked.find(({ responseMs }) => responseMs !== null)?.responseMs ?? null
  return ranked.map(({ responseMs }) => {
    if (responseMs === null || best === null) return 0
    return responseMs <= best ? 1 : best / responseMs
  })
}

function compareResponse(a: number | null, b: number | null): number {
  if (a === null || b === null) return Number(a === null) - Number(b === null)
  return a - b
}

/** web2 before web10. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}
