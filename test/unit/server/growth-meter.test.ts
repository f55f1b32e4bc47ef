import { describe, expect, test } from 'vitest'
import { GrowthMeter } from '../../../src/server/growth-meter.ts'

function meter(...notes: readonly (readonly [atMs: number, total: number])[]): GrowthMeter {
  const made = new GrowthMeter()
  for (const [atMs, total] of notes) made.note(total, atMs)
  return made
}

describe('a rate', () => {
  test('is the growth over the last two seconds', () => {
    const steady = Array.from({ length: 41 }, (_, step) => [step * 250, step * 1000] as const)
    expect(meter(...steady).perSecond(10_000)).toBe(4000)
  })

  test('is the growth since the first count while that is younger', () => {
    expect(meter([0, 0], [500, 1000]).perSecond(500)).toBe(2000)
  })

  test('is nothing before the second count: the first one may stand for any time', () => {
    expect(meter([0, 5_000_000]).perSecond(0)).toBe(0)
  })

  test('is not driven up by counts that come in the same moment', () => {
    expect(meter([0, 0], [1000, 1000], [1001, 2000], [1002, 3000]).perSecond(1002)).toBeCloseTo(3000, -2)
    expect(meter([0, 0], [0, 100], [1, 200]).perSecond(1)).toBe(1000)
  })

  test('falls to nothing within two seconds of silence', () => {
    const silent = meter([0, 0], [1000, 1000])
    expect([1000, 2000, 3000].map((nowMs) => silent.perSecond(nowMs))).toEqual([1000, 500, 0])
  })

  test('keeps no more counts than it needs, however many come', () => {
    const busy = new GrowthMeter()
    for (let atMs = 0; atMs < 100_000; atMs++) busy.note(atMs, atMs)
    expect(busy.perSecond(99_999)).toBeCloseTo(1000, -1)
    expect(busy.total).toBe(99_999)
  })
})
