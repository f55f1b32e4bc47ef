/** Fan-out N: how many downstream terminals one terminal serves in one tree. */

import { TreecastError } from '../system/errors.ts'

/** More shared sends than this make every single one too slow to be worth its place in a tree. */
export const MAX_FAN_OUT = 64

/** @throws E_FAN_OUT when `fanOut` is not a whole number from 1 to MAX_FAN_OUT */
export function assertFanOut(fanOut: number): void {
  if (Number.isInteger(fanOut) && fanOut >= 1 && fanOut <= MAX_FAN_OUT) return
  throw new TreecastError('E_FAN_OUT', `fan-out ${fanOut} is not a whole number from 1 to ${MAX_FAN_OUT}`, {
    facts: { fanOut },
  })
}

/**
 * The smallest fan-out, `fanOut` or above, at which `edges` fit below the server and its `relays` terminals.
 *
 * Only leaves can make it wider than asked for, even beyond MAX_FAN_OUT: a leaf never relays, so someone else has to serve it. Without
 * any relay the server serves all of them itself.
 */
export function widenedFanOut(fanOut: number, edges: number, relays: number): number {
  return Math.max(fanOut, Math.ceil(edges / (relays + 1)))
}

/** The depth of the flattest tree of `targets` terminals at this fan-out: the least D with N + N² + … + N^D ≥ targets. */
export function flattestDepth(targets: number, fanOut: number): number {
  if (fanOut === 1) return targets
  let depth = 0
  let level = 1
  for (let places = 0; places < targets; places += level) {
    level *= fanOut
    depth += 1
  }
  return depth
}
