import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { isSample, smoothed, UNMEASURED, withSample } from '../../../src/registry/smoothing.ts'

describe('smoothing', () => {
  test('starts with the first sample, and then moves by the weight of the difference', () => {
    expect(smoothed(null, 80, 1 / 8)).toBe(80)
    expect(smoothed(80, 160, 1 / 8)).toBe(90)
  })

  test('stays between the lowest and the highest sample, and comes near a constant one', () => {
    const value = fc.double({ min: 0, max: 1e9, noNaN: true })
    fc.assert(
      fc.property(fc.array(value, { minLength: 1 }), value, (values, constant) => {
        const mean = values.reduce<number | null>((so, next) => smoothed(so, next, 1 / 8), null) as number
        expect(mean).toBeGreaterThanOrEqual(Math.min(...values) * (1 - 1e-9))
        expect(mean).toBeLessThanOrEqual(Math.max(...values) * (1 + 1e-9))
        let settled = mean
        for (let i = 0; i < 400; i++) settled = smoothed(settled, constant, 1 / 8)
        expect(Math.abs(settled - constant)).toBeLessThan(1e-6)
      }),
    )
  })

  test('keeps each kind of sample apart, and counts all', () => {
    const response = withSample(UNMEASURED, { kind: 'response', value: 12 })
    expect(response).toEqual({ responseMs: 12, bytesPerSecond: null, successRate: null, samples: 1 })
    const both = withSample(response, { kind: 'outcome', value: 1 })
    expect(both).toEqual({ responseMs: 12, bytesPerSecond: null, successRate: 1, samples: 2 })
    expect(withSample(both, { kind: 'outcome', value: 0 }).successRate).toBe(7 / 8)
    expect(withSample(both, { kind: 'throughput', value: 5e6 }).bytesPerSecond).toBe(5e6)
  })

  test('takes no value that cannot have been measured', () => {
    expect(isSample({ kind: 'response', value: 0 })).toBe(true)
    for (const value of [Number.NaN, Number.POSITIVE_INFINITY, -1]) {
      expect(isSample({ kind: 'response', value })).toBe(false)
    }
    expect(isSample({ kind: 'outcome', value: 1.5 })).toBe(false)
  })
})
