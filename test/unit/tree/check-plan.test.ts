import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../../src/tree/check-plan.ts'
import type { Plan, PlanKind, PlanTarget } from '../../../src/tree/plan.ts'

type Step = readonly [upstream: number, downstream: number, depth: number]

const plan = (fanOut: number, stripes: readonly (readonly Step[])[], kind: PlanKind = 'classic'): Plan => ({
  kind,
  fanOut,
  stripes: stripes.map((steps) => ({
    edges: steps.map(([upstream, downstream, depth]) => ({ upstream, downstream, depth })),
  })),
})

const targets = (count: number, leaves: readonly number[] = []): PlanTarget[] =>
  Array.from({ length: count }, (_, k) => ({ handle: k + 1, leaf: leaves.includes(k + 1) }))

const broken = (checked: Plan, ranked: readonly PlanTarget[]) =>
  checkPlan(checked, ranked).map(({ rule, handle, stripe }) => ({ rule, handle, stripe }))

describe('a plan is refused when', () => {
  test('a target is left out', () => {
    expect(broken(plan(2, [[[0, 1, 1]]]), targets(2))).toEqual([{ rule: 'once', handle: 2, stripe: 0 }])
  })

  test('a target has two upstreams', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [0, 2, 1],
            [1, 2, 1],
          ],
        ]),
        targets(2),
      ),
    ).toEqual([{ rule: 'once', handle: 2, stripe: 0 }])
  })

  test('someone is in it who is no target', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [0, 9, 1],
          ],
        ]),
        targets(1),
      ),
    ).toContainEqual({ rule: 'known', handle: 9, stripe: 0 })
  })

  test('it has a cycle', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [3, 2, 2],
            [2, 3, 3],
          ],
        ]),
        targets(3),
      ),
    ).toEqual(
      expect.arrayContaining([
        { rule: 'reachable', handle: 2, stripe: 0 },
        { rule: 'reachable', handle: 3, stripe: 0 },
      ]),
    )
  })

  test('the fan-out is broken', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [0, 2, 1],
            [0, 3, 1],
          ],
        ]),
        targets(3),
      ),
    ).toEqual([{ rule: 'fan-out', handle: 0, stripe: undefined }])
  })

  test('the fan-out is broken only over all stripes together', () => {
    const stripes: Step[][] = [
      [
        [0, 1, 1],
        [1, 2, 2],
        [1, 3, 2],
      ],
      [
        [0, 2, 1],
        [2, 1, 2],
        [1, 3, 3],
      ],
    ]
    expect(broken(plan(2, stripes, 'striped'), targets(3))).toContainEqual({
      rule: 'fan-out',
      handle: 1,
      stripe: undefined,
    })
  })

  test('a path is longer than it needs to be', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [1, 2, 2],
            [2, 3, 3],
          ],
        ]),
        targets(3),
      ),
    ).toEqual([{ rule: 'depth', handle: 3, stripe: 0 }])
  })

  test('a stated depth is not the real one', () => {
    expect(
      broken(
        plan(2, [
          [
            [0, 1, 1],
            [0, 2, 2],
          ],
        ]),
        targets(2),
      ),
    ).toEqual([{ rule: 'depth', handle: 2, stripe: 0 }])
  })

  test('someone waits for a slower one', () => {
    expect(
      broken(
        plan(1, [
          [
            [0, 2, 1],
            [2, 1, 2],
          ],
        ]),
        targets(2),
      ),
    ).toEqual([{ rule: 'order', handle: 1, stripe: 0 }])
  })

  test('a leaf has someone below it', () => {
    expect(
      broken(
        plan(1, [
          [
            [0, 1, 1],
            [1, 2, 2],
          ],
        ]),
        targets(2, [1]),
      ),
    ).toContainEqual({
      rule: 'leaf',
      handle: 1,
      stripe: 0,
    })
  })
})

describe('a plan is accepted when', () => {
  test('two targets relay half to each other', () => {
    const stripes: Step[][] = [
      [
        [0, 1, 1],
        [1, 2, 2],
      ],
      [
        [0, 2, 1],
        [2, 1, 2],
      ],
    ]
    expect(checkPlan(plan(2, stripes, 'striped'), targets(2))).toEqual([])
  })

  test('leaves have no other place than one more below the first server', () => {
    expect(
      checkPlan(
        plan(1, [
          [
            [0, 1, 1],
            [0, 2, 1],
            [0, 3, 1],
          ],
        ]),
        targets(3, [1, 2, 3]),
      ),
    ).toEqual([])
  })
})
