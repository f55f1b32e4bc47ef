/** What somebody most likely meant who wrote a word that nothing is called. Pure. */

import { closestMatch } from 'leven'

/** More words than this are not looked through: the hint is not worth the time. */
const MOST_CANDIDATES = 20_000

/** Words longer than this are not compared. */
const LONGEST_WORD = 255

/**
 * The candidate nearest to `word`, upper and lower case alike; undefined when none is near.
 */
export function closestWord(word: string, candidates: Iterable<string>): string | undefined {
  if (word.length > LONGEST_WORD) return undefined
  const byLowerCase = new Map<string, string>()
  for (const candidate of candidates) {
    byLowerCase.set(candidate.toLowerCase(), candidate)
    if (byLowerCase.size >= MOST_CANDIDATES) break
  }
  // Two letters that changed places count as two.
  const farthest = Math.max(1, Math.round(word.length * 0.4))
  const closest = closestMatch(word.toLowerCase(), [...byLowerCase.keys()], { maxDistance: farthest })
  return closest === undefined ? undefined : byLowerCase.get(closest)
}

/** ` Did you mean web1?`, to be put after a sentence; empty when nothing is near. */
export function didYouMean(word: string, candidates: Iterable<string>): string {
  const closest = closestWord(word, candidates)
  return closest === undefined ? '' : ` Did you mean ${closest}?`
}
