import { expect, test } from 'vitest'
import { RateMeter } from '../../../src/terminal/rate-meter.ts'

test('a rate is known after a quarter of a second, and follows what is counted', () => {
  const meter = new RateMeter(1000)
  meter.add(100, 1100)
  expect(meter.bytesPerSecond).toBeUndefined()
  meter.add(150, 1250)
  expect(meter.bytesPerSecond).toBe(1000)
  meter.add(1000, 1750)
  expect(meter.bytesPerSecond).toBe(1500)
  for (let atMs = 2000; atMs < 20_000; atMs += 250) meter.add(50, atMs)
  expect(meter.bytesPerSecond).toBeCloseTo(200)
})
