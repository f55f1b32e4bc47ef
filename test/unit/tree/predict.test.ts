import { describe, expect, test } from 'vitest'
import { makePlan } from '../../../src/tree/make-plan.ts'
import type { Plan, PlanTarget } from '../../../src/tree/plan.ts'
import { type PredictedLoad, predictArrivalsMs } from '../../../src/tree/predict.ts'

const predictMs = (plan: Plan, load: PredictedLoad) => Math.max(0, ...predictArrivalsMs(plan, load).values())

const relays = (count: number): PlanTarget[] =>
  Array.from({ length: count }, (_, k) => ({ handle: k + 1, leaf: false }))

const MIB = 1024 ** 2
const LINK = 2.5e6

const load = (facts: Partial<PredictedLoad> = {}): PredictedLoad => ({
  ...{ bytes: 24 * MIB, packetBytes: 16_384, bytesPerSecond: () => LINK, responseMs: () => 1 },
  ...facts,
})
/** The time of the content on one link. */
const onceMs = (24 * MIB * 1000) / LINK

describe('a prediction', () => {
  test('on equal links is N times the time of one link for a classic tree, and little more than one for a striped one', () => {
    expect(predictMs(makePlan(relays(39), { tree: 'classic', fanOut: 3 }), load()) / onceMs).toBeCloseTo(3, 1)
    const striped = predictMs(makePlan(relays(39), { tree: 'striped', fanOut: 2 }), load()) / onceMs
    expect(striped).toBeGreaterThan(1)
    expect(striped).toBeLessThan(1.05)
  })

  test('of a chain grows with its length', () => {
    const chain = (length: number) => predictMs(makePlan(relays(length), { tree: 'striped', fanOut: 1 }), load())
    expect(chain(40)).toBeGreaterThan(chain(20))
    expect(chain(20)).toBeGreaterThan(onceMs)
  })

  test('is that of the slowest on the way', () => {
    const plan = makePlan(relays(3), { tree: 'classic', fanOut: 1 })
    const slowSecond = load({ bytesPerSecond: (handle) => (handle === 2 ? LINK / 4 : LINK) })
    expect(predictMs(plan, slowSecond) / onceMs).toBeCloseTo(4, 1)
  })

  test('of a tiny content is the setting up of its levels', () => {
    const tiny = load({ bytes: 100, responseMs: () => 10 })
    const [flat, deep] = [8, 1].map((fanOut) => predictMs(makePlan(relays(8), { tree: 'classic', fanOut }), tiny))
    expect((deep ?? 0) / (flat ?? 1)).toBeCloseTo(8, 0)
  })

  test('without targets, or without bytes, is finite', () => {
    expect(predictMs(makePlan([], { tree: 'striped', fanOut: 2 }), load())).toBe(0)
    expect(predictMs(makePlan(relays(2), { tree: 'striped', fanOut: 2 }), load({ bytes: 0 }))).toBeGreaterThan(0)
  })
})
