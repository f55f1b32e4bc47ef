/**
 * What to try when the relay of a hand cannot be reached (US 8,495,167, column 7).
 *
 *   T2's hand for T8      T8 fails              T17 fails             T26 fails             T35 fails
 *   8 → [17 26 35]        17 → [8 26 35]        26 → [8 17 35]        35 → [8 17 26]        exhausted: 8 17 26 35
 *
 * The failed terminal changes places with the next fastest of the same hand that was not tried yet, and is tried again by the one that
 * took its place: what one terminal cannot reach, another may. So the first `failures` of `below` are always the failed ones, and one
 * number is all the state there is. Guarantee: each terminal of a hand is tried once by its dealer, best first, and then it ends.
 *
 * A leaf is never promoted, since it cannot serve the rest. Leaves left without a relay are the dealer's own to serve.
 */

import type { Hand } from './deal-targets.ts'

/** A hand while its dealer looks for a relay that answers. */
export interface Trial<T> extends Hand<T> {
  /** How many were tried before `relay` and failed: the first so many of `below`. */
  readonly failures: number
}

export type Promotion<T> =
  /** Try `trial.relay` next, with `trial.below` as its share. */
  | { readonly kind: 'promoted'; readonly trial: Trial<T> }
  /** Every possible relay failed. `untried` are leaves: serve them directly or through another hand; report `failed`. */
  | { readonly kind: 'exhausted'; readonly failed: readonly T[]; readonly untried: readonly T[] }
  /** `failed` is not whom this trial is waiting for: an old try ended late. Nothing to do. */
  | { readonly kind: 'stale' }

/** The first try of a hand that was just dealt. */
export function firstTrial<T>(hand: Hand<T>): Trial<T> {
  return { relay: hand.relay, below: hand.below, failures: 0 }
}

/** The next try after `failed` could not be reached. `failed` is compared by identity. */
export function promote<T>(trial: Trial<T>, failed: T, isLeaf: (target: T) => boolean = () => false): Promotion<T> {
  if (failed !== trial.relay) return { kind: 'stale' }
  const place = trial.failures
  const untried = trial.below.slice(place)
  const next = untried[0]
  if (next === undefined || isLeaf(next)) {
    return { kind: 'exhausted', failed: [...trial.below.slice(0, place), failed], untried }
  }
  return { kind: 'promoted', trial: { relay: next, below: trial.below.with(place, failed), failures: place + 1 } }
}
