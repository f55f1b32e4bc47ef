import { expect, test } from 'vitest'
import { PossibleUpstreams } from '../../../src/server/possible-upstreams.ts'

const NOW_MS = 1_797_240_000_000

test('whom a terminal is sent away from may serve it until it says that it has gone', () => {
  const possible = new PossibleUpstreams()
  const order = possible.sentAway(0, 4, NOW_MS)
  expect([...possible.others(0)]).toEqual([4])
  possible.acknowledged(0, { order, before: 5 })
  expect([...possible.others(0)]).toEqual([])
})

test('what was said before the terminal heard of it takes nothing back', () => {
  const possible = new PossibleUpstreams()
  const first = possible.sentAway(0, 4, NOW_MS)
  possible.sentAway(0, 5, NOW_MS)
  possible.acknowledged(0, { order: first, before: 6 })
  expect([...possible.others(0)]).toEqual([4, 5, 6])
})

test('orders grow, also within a millisecond and when the clock is set back', () => {
  const possible = new PossibleUpstreams()
  const orders = [NOW_MS, NOW_MS, NOW_MS - 5_000, NOW_MS + 1_000].map((nowMs) => possible.sentAway(1, 4, nowMs))
  expect(orders).toEqual([NOW_MS, NOW_MS + 1, NOW_MS + 2, NOW_MS + 1_000])
})

test('who was never sent anywhere has one upstream, and each stripe its own', () => {
  const possible = new PossibleUpstreams()
  possible.acknowledged(0, { order: 0, before: 3 })
  possible.sentAway(1, 4, NOW_MS)
  expect([...possible.others(0)]).toEqual([])
  expect([...possible.others(1)]).toEqual([4])
})
