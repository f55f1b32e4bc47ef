/**
 * Which holders lose their copies of contents that the main server has not got, and when: with draws of their own, so that they change
 * nothing else of what a seed means.
 */

import type { Draws } from './draws.ts'
import type { Fault, FaultWish } from './faults.ts'
import type { PushPlan } from './scenario.ts'

export interface LossWish extends Pick<FaultWish, 'names' | 'kinds'> {
  readonly pushes: readonly Pick<PushPlan, 'name' | 'atMs' | 'direct' | 'from'>[]
}

/** Mostly a terminal is away meanwhile that comes back for the content, and who provided it at first has gone. */
export function drawLostCopies(draws: Draws, { names, pushes, kinds }: LossWish): Fault[] {
  if (!kinds.includes('copyLost')) return []
  const provided = pushes.filter(({ direct, from }) => direct === true || from !== undefined)
  return provided.flatMap((push): Fault[] => {
    const lostMs = push.atMs + draws.whole(3_000, 15_000)
    const chance = draws.oneOf([0.5, 0.9])
    const holders = names.filter((name) => name === push.from || draws.happens(chance))
    const losses = holders.map((at): Fault => {
      return { kind: 'copyLost', atMs: lostMs + draws.whole(0, 2_000), at, how: draws.oneOf(['removed', 'changed']) }
    })
    const goneMs = lostMs + draws.whole(-2_000, 2_000)
    const gone: Fault =
      push.from === undefined
        ? { kind: 'pusherKill', atMs: goneMs, at: push.name }
        : {
            kind: draws.oneOf(['kill', 'isolate'] as const),
            ...{ atMs: goneMs, at: push.from, forMs: draws.whole(10_000, 30_000) },
          }
    const awayMs = push.atMs + draws.magnitude(10, 2_000)
    const untilMs = lostMs + draws.whole(2_000, 20_000)
    const kind = draws.oneOf(['kill', 'isolate'] as const)
    const away: Fault = { kind, atMs: awayMs, at: draws.oneOf(names), forMs: untilMs - awayMs }
    return [...losses, ...(draws.happens(0.8) ? [gone] : []), ...(draws.happens(0.9) ? [away] : [])]
  })
}
