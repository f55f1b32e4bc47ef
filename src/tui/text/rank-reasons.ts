/** Why a terminal stands where it stands in the ranking, in a few words. Pure. */

import type { RankedTerminal } from '../../wire/snapshot.ts'
import { formatMilliseconds, formatSeconds } from '../layout/format-quantities.ts'

/** What lengthens a score, in the words of the table's columns. */
const TERMS = [
  ['response', 'responseSeconds'],
  ['throughput', 'trainSeconds'],
  ['failures', 'retrySeconds'],
] as const

/** @param best the terminal with the least score, to compare with; undefined when nobody was measured */
export function whyRanked(terminal: RankedTerminal, best: RankedTerminal | undefined): string {
  const { pinned, excluded, score, bytesPerSecond } = terminal
  if (excluded) return 'excluded: never relays'
  if (pinned) return 'pinned'
  if (score === null || best === undefined || best.score === null) return 'never measured'
  const assumed = bytesPerSecond === null ? ', throughput assumed' : ''
  if (terminal === best) return `fastest${assumed}`
  const bestScore = best.score
  const [cost] = TERMS.map(([word, term]) => ({ word, seconds: score[term] - bestScore[term] })).sort(
    (a, b) => b.seconds - a.seconds,
  )
  if (cost === undefined || cost.seconds <= 0) return `as fast as ${best.name}${assumed}`
  return `${cost.word} +${formatShort(cost.seconds)}${assumed}`
}

/** The selected terminal with the least score. */
export function fastestOf(terminals: readonly RankedTerminal[]): RankedTerminal | undefined {
  return terminals.reduce<RankedTerminal | undefined>((best, terminal) => {
    if (terminal.score === null) return best
    return best?.score == null || terminal.score.seconds < best.score.seconds ? terminal : best
  }, undefined)
}

/** `0.4 ms`, `1.3 s`: scores lie anywhere between. */
export function formatShort(seconds: number): string {
  return seconds < 1 ? formatMilliseconds(seconds * 1000) : formatSeconds(seconds)
}
