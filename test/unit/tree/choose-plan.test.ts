import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { checkPlan } from '../../../src/tree/check-plan.ts'
import { choosePlan, type PlanWish, type RatedTarget } from '../../../src/tree/choose-plan.ts'

const MIB = 1024 ** 2

const targets = (count: number, facts: (handle: number) => Partial<RatedTarget> = () => ({})): RatedTarget[] =>
  Array.from({ length: count }, (_, k) => {
    const handle = k + 1
    return { handle, leaf: false, bytesPerSecond: 2.5e6, responseMs: 1, ...facts(handle) }
  })

const wish = (facts: Partial<PlanWish> = {}): PlanWish => ({
  ...{ tree: 'auto', fanOut: undefined, classicFanOut: undefined, bytes: 24 * MIB, packetBytes: 16_384 },
  ...facts,
})

const kindOf = (list: readonly RatedTarget[], facts: Partial<PlanWish> = {}) => choosePlan(list, wish(facts)).plan.kind

describe('the plan that is chosen', () => {
  test.each([
    [0, 39],
    [10 * 1024, 39],
    [64 * 1024, 8],
    [128 * 1024, 4],
  ])('is classic for %i bytes, so wide that no link carries much: fan-out %i', (bytes, fanOut) => {
    expect(choosePlan(targets(39), wish({ bytes })).plan).toMatchObject({ kind: 'classic', fanOut })
  })

  test('keeps the fan-out of the main server, also for a tiny content', () => {
    const { plan } = choosePlan(targets(39), wish({ bytes: 10 * 1024, classicFanOut: 2 }))
    expect(plan).toMatchObject({ kind: 'classic', fanOut: 2 })
  })

  test('serves no more terminals at once than may be asked for', () => {
    expect(choosePlan(targets(100), wish({ bytes: 1 })).plan.fanOut).toBe(64)
  })

  test('is striped for a large one, and for one of unknown size', () => {
    expect(kindOf(targets(39))).toBe('striped')
    expect(kindOf(targets(39), { bytes: null })).toBe('striped')
  })

  test('has two stripes unless three promise much more', () => {
    const stripesOf = (bytes: number, responseMs: number) =>
      choosePlan(
        targets(39, () => ({ responseMs })),
        wish({ bytes, packetBytes: 65_536 }),
      ).plan.stripes.length
    expect(stripesOf(24 * MIB, 1)).toBe(2)
    // Far away every level counts, and three stripes have fewer of them.
    expect(stripesOf(4 * MIB, 100)).toBe(3)
  })

  test('has two targets each relay half to the other', () => {
    const { plan } = choosePlan(targets(2), wish())
    expect(plan.stripes.map(({ edges }) => edges.map(({ upstream, downstream }) => [upstream, downstream]))).toEqual([
      [
        [0, 1],
        [1, 2],
      ],
      [
        [0, 2],
        [2, 1],
      ],
    ])
  })

  test('is classic for one target, or where nobody can relay', () => {
    expect(kindOf(targets(1))).toBe('classic')
    expect(kindOf(targets(5, () => ({ leaf: true })))).toBe('classic')
  })

  test('is what the operator says', () => {
    expect(choosePlan(targets(9), wish({ tree: 'classic' })).plan).toMatchObject({ kind: 'classic', fanOut: 3 })
    expect(choosePlan(targets(9), wish({ tree: 'striped', bytes: 1 })).plan.kind).toBe('striped')
    expect(choosePlan(targets(9), wish({ tree: 'striped', fanOut: 5 })).plan.stripes).toHaveLength(5)
    expect(choosePlan(targets(9), wish({ fanOut: 4 })).plan.fanOut).toBe(4)
  })

  test('lets one slow terminal relay nothing, so that the others are not slowed', () => {
    const slow = (handle: number) => (handle === 3 ? { bytesPerSecond: 2.5e6 / 4 } : {})
    const { plan } = choosePlan(targets(20, slow), wish())
    expect(plan.kind).toBe('striped')
    const upstreams = plan.stripes.flatMap(({ edges }) => edges.map(({ upstream }) => upstream))
    expect(upstreams).not.toContain(3)
  })

  test('keeps every rule', () => {
    const any = fc.array(fc.record({ leaf: fc.boolean(), bytesPerSecond: fc.option(fc.nat()) }), {
      maxLength: 60,
    })
    fc.assert(
      fc.property(any, fc.integer({ min: 0, max: 1e9 }), (facts, bytes) => {
        const list = facts.map((fact, k) => ({ handle: k + 1, responseMs: null, ...fact }))
        const { plan, predictedMs } = choosePlan(list, wish({ bytes }))
        expect(predictedMs >= 0 && Number.isFinite(predictedMs)).toBe(true)
        const inner = new Set(plan.stripes.flatMap(({ edges }) => edges.map(({ upstream }) => upstream)))
        const asPlanned = list.map((target) => ({ ...target, leaf: target.leaf || !inner.has(target.handle) }))
        const broken = checkPlan(plan, plan.kind === 'classic' ? list : asPlanned)
        expect(broken.filter(({ rule }) => rule !== 'order')).toEqual([])
      }),
    )
  })
})
