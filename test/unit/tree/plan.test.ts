import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../../src/tree/check-plan.ts'
import { widenedFanOut } from '../../../src/tree/fan-out.ts'
import { classicPlan, type Edge, type PlanTarget } from '../../../src/tree/plan.ts'

const relays = (count: number): PlanTarget[] =>
  Array.from({ length: count }, (_, k) => ({ handle: k + 1, leaf: false }))

const edgesOf = (targets: readonly PlanTarget[], fanOut: number): readonly Edge[] =>
  classicPlan(targets, fanOut).stripes[0]?.edges ?? []

const downstreamsOf = (edges: readonly Edge[], upstream: number) =>
  edges.filter((edge) => edge.upstream === upstream).map((edge) => edge.downstream)

/** Ranked targets, some of them leaves anywhere in the ranking, and a fan-out. */
const anyTask = fc.record({
  targets: fc
    .array(fc.boolean(), { maxLength: 200 })
    .map((leaves) => leaves.map((leaf, k): PlanTarget => ({ handle: k + 1, leaf }))),
  fanOut: fc.integer({ min: 1, max: 8 }),
})

describe('the classic plan', () => {
  test('is the tree of FIG. 4 for 39 terminals and N = 3', () => {
    const edges = edgesOf(relays(39), 3)
    expect(downstreamsOf(edges, 0)).toEqual([1, 2, 3])
    expect(downstreamsOf(edges, 1)).toEqual([4, 7, 10])
    expect(downstreamsOf(edges, 2)).toEqual([5, 8, 11])
    expect(downstreamsOf(edges, 3)).toEqual([6, 9, 12])
    expect(downstreamsOf(edges, 4)).toEqual([13, 22, 31])
    expect(downstreamsOf(edges, 7)).toEqual([16, 25, 34])
    expect(downstreamsOf(edges, 8)).toEqual([17, 26, 35])
    expect(downstreamsOf(edges, 10)).toEqual([19, 28, 37])
    expect(downstreamsOf(edges, 12)).toEqual([21, 30, 39])
    expect(edges.map((edge) => edge.depth)).toEqual([...Array(3).fill(1), ...Array(9).fill(2), ...Array(27).fill(3)])
  })

  test('with fan-out 1 is a chain', () => {
    expect(edgesOf(relays(3), 1)).toEqual([
      { upstream: 0, downstream: 1, depth: 1 },
      { upstream: 1, downstream: 2, depth: 2 },
      { upstream: 2, downstream: 3, depth: 3 },
    ])
  })

  test('is a long chain without deep recursion', () => {
    expect(edgesOf(relays(3000), 1).at(-1)).toEqual({ upstream: 2999, downstream: 3000, depth: 3000 })
  })

  test('without targets has no edges', () => {
    const plan = classicPlan([], 3)
    expect(plan.stripes).toEqual([{ edges: [] }])
    expect(checkPlan(plan, [])).toEqual([])
  })

  test('keeps every rule, whoever is a leaf', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, fanOut }) => {
        expect(checkPlan(classicPlan(targets, fanOut), targets)).toEqual([])
      }),
    )
  })

  test('is no wider than the number of relays makes necessary', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, fanOut }) => {
        const needed = widenedFanOut(fanOut, targets.length, targets.filter((target) => !target.leaf).length)
        const edges = edgesOf(targets, fanOut)
        const widest = Math.max(
          ...[0, ...edges.map((edge) => edge.downstream)].map((h) => downstreamsOf(edges, h).length),
        )
        expect(widest).toBeLessThanOrEqual(needed)
        if (needed > fanOut) expect(widest).toBe(needed)
      }),
    )
  })

  test('is the same for the same list', () => {
    fc.assert(
      fc.property(anyTask, ({ targets, fanOut }) => {
        expect(classicPlan(targets, fanOut)).toEqual(classicPlan([...targets], fanOut))
      }),
    )
  })
})
