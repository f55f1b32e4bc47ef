import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../../src/tree/check-plan.ts'
import { dealPackets } from '../../../src/tree/deal-packets.ts'
import { widenedFanOut } from '../../../src/tree/fan-out.ts'
import { FIRST_SERVER_HANDLE, type Plan, type PlanTarget } from '../../../src/tree/plan.ts'

const relays = (count: number): PlanTarget[] =>
  Array.from({ length: count }, (_, k) => ({ handle: k + 1, leaf: false }))

/** Downstream edges of every node over all stripes. */
function loads({ stripes }: Plan): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { edges } of stripes) {
    for (const { upstream } of edges) counts.set(upstream, (counts.get(upstream) ?? 0) + 1)
  }
  return counts
}

const deepest = ({ stripes }: Plan): number =>
  Math.max(0, ...stripes.flatMap(({ edges }) => edges.map(({ depth }) => depth)))

/** Ranked targets and stripes; every terminal relays. */
const evenTask = fc.record({
  targets: fc.integer({ min: 1, max: 300 }).map(relays),
  stripes: fc.integer({ min: 1, max: 8 }),
})

/** Some of the targets are leaves, anywhere in the ranking. */
const anyTask = fc.record({
  targets: fc
    .array(fc.boolean(), { maxLength: 300 })
    .map((leaves) => leaves.map((leaf, k): PlanTarget => ({ handle: k + 1, leaf }))),
  stripes: fc.integer({ min: 1, max: 8 }),
})

describe('the striped plan', () => {
  test('of 7 terminals and two stripes', () => {
    const plan = dealPackets(relays(7), 2)
    const drawn = plan.stripes.map(({ edges }) => edges.map(({ upstream, downstream }) => `${upstream}-${downstream}`))
    expect(drawn).toEqual([
      ['0-1', '1-3', '1-5', '3-2', '3-4', '5-6', '5-7'],
      ['0-2', '2-4', '2-6', '4-1', '4-3', '6-5', '6-7'],
    ])
  })

  test('of two terminals has each relay half to the other', () => {
    expect(dealPackets(relays(2), 2).stripes.map(({ edges }) => edges)).toEqual([
      [
        { upstream: 0, downstream: 1, depth: 1 },
        { upstream: 1, downstream: 2, depth: 2 },
      ],
      [
        { upstream: 0, downstream: 2, depth: 1 },
        { upstream: 2, downstream: 1, depth: 2 },
      ],
    ])
  })

  test('with one stripe is a chain', () => {
    const edges = dealPackets(relays(4), 1).stripes[0]?.edges
    expect(edges?.map(({ upstream, downstream }) => [upstream, downstream])).toEqual([
      [0, 1],
      [1, 2],
      [2, 3],
      [3, 4],
    ])
  })

  test('without targets has no edges', () => {
    expect(dealPackets([], 2).stripes).toEqual([{ edges: [] }, { edges: [] }])
  })

  test('roots stripe s at rank s', () => {
    fc.assert(
      fc.property(evenTask, ({ targets, stripes }) => {
        const plan = dealPackets(targets, stripes)
        for (const [stripe, { edges }] of plan.stripes.slice(0, targets.length).entries()) {
          expect(edges[0]?.downstream).toBe(stripe + 1)
        }
      }),
    )
  })

  test('keeps every rule, whoever is a leaf', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, stripes }) => {
        expect(checkPlan(dealPackets(targets, stripes), targets)).toEqual([])
      }),
    )
  })

  test('has the first server send each packet once, and no terminal more than it receives', () => {
    fc.assert(
      fc.property(evenTask, ({ targets, stripes }) => {
        const counts = loads(dealPackets(targets, stripes))
        expect(counts.get(FIRST_SERVER_HANDLE)).toBe(stripes)
        counts.delete(FIRST_SERVER_HANDLE)
        expect(Math.max(0, ...counts.values())).toBeLessThanOrEqual(stripes)
      }),
    )
  })

  test('leaves places to spare only at few terminals, the slowest of their stripe', () => {
    fc.assert(
      fc.property(evenTask, ({ targets, stripes }) => {
        fc.pre(targets.length > 2 * stripes)
        const counts = loads(dealPackets(targets, stripes))
        const notFull = targets.filter(({ handle }) => (counts.get(handle) ?? 0) < stripes)
        for (const { handle } of notFull) expect(handle).toBeGreaterThan(targets.length - 2 * stripes)
      }),
    )
  })

  test('gives nobody more than leaves make necessary', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, stripes }) => {
        const carriers = targets.filter(({ leaf }) => !leaf).length
        const most = widenedFanOut(stripes, stripes * targets.length, carriers)
        expect(Math.max(0, ...loads(dealPackets(targets, stripes)).values())).toBeLessThanOrEqual(most)
      }),
    )
  })

  test('of 39 terminals is at most six levels deep with two stripes, five with three', () => {
    expect(deepest(dealPackets(relays(39), 2))).toBeLessThanOrEqual(6)
    expect(deepest(dealPackets(relays(39), 3))).toBeLessThanOrEqual(5)
  })

  test('is the same for the same list', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, stripes }) => {
        expect(dealPackets(targets, stripes)).toEqual(dealPackets([...targets], stripes))
      }),
    )
  })
})
