import { expect, test } from 'vitest'
import { RetryPace } from '../../../src/server/retry-pace.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { distribute } from './one-delivery.ts'

const { deliveryFailMs } = LIMITS
const HOUR_MS = 3_600_000

/** A delivery that never comes to anything, asked for every second. @returns after how long it was tried, each time */
async function triesOf(seconds: number, grown: (atSecond: number) => boolean = () => false) {
  const { delivery } = await distribute()
  const clock = new VirtualClock()
  const pace = new RetryPace(clock)
  const waits: number[] = []
  for (let second = 1; second <= seconds; second++) {
    await clock.advance(1_000)
    if (grown(second)) Object.assign(delivery, { bytes: delivery.bytes + 1, livelyAtMs: clock.monotonic() })
    if (!pace.take(delivery)) continue
    waits.push(clock.monotonic() - delivery.livelyAtMs)
    delivery.livelyAtMs = clock.monotonic()
  }
  return waits
}

test('what fails always is tried the more seldom the oftener it was tried, and every hour at least', async () => {
  const waits = await triesOf(6 * 3_600)
  expect(waits.slice(0, 4)).toEqual([1, 2, 4, 8].map((times) => times * deliveryFailMs))
  expect(waits.slice(-2)).toEqual([HOUR_MS, HOUR_MS])
})

test('what has got on is tried as soon as at first', async () => {
  const waits = await triesOf(300, (second) => second === 200)
  expect(waits).toEqual([deliveryFailMs, 2 * deliveryFailMs, deliveryFailMs, 2 * deliveryFailMs])
})

test('what was heard of a moment ago is left alone', async () => {
  const { delivery } = await distribute()
  const clock = new VirtualClock()
  await clock.advance(deliveryFailMs)
  delivery.livelyAtMs = clock.monotonic()
  expect(new RetryPace(clock).take(delivery)).toBe(false)
})
