import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { type DeliveryView, newDelivery } from '../../../src/server/delivery-view.ts'
import { chooseHelper, isStuck, type RescueScene } from '../../../src/server/rescue.ts'

const NOW_MS = 100_000
const LIVELY_MS = 2_000
const LINGER_MS = 30_000

function delivery(handle: number, facts: Partial<DeliveryView> = {}): DeliveryView {
  return newDelivery({
    ...{ handle, node: `node ${handle}` as NodeId, name: `t${handle}`, rank: handle, leaf: false },
    ...{ state: 'active', upstreams: [0], depth: 1, bytes: 1000, packets: 1, attempts: 1 },
    ...{ startedAtMs: 0, finishedAtMs: NOW_MS, livelyAtMs: NOW_MS },
    ...facts,
  })
}

const orphan = delivery(9, { state: 'receiving', stripePackets: [100], upstreams: [1] })

/** The handle of the terminal that is chosen, 0 for the main server. */
function chosen(others: readonly DeliveryView[], facts: Partial<RescueScene> = {}): number | undefined {
  const helper = chooseHelper(orphan, {
    ...{ deliveries: [orphan, ...others], stripe: 0, nowMs: NOW_MS, livelyMs: LIVELY_MS, mayServe: () => true },
    ...{ lingerMs: LINGER_MS, isProviding: () => false },
    ...{ mainChildren: 0, mostMainChildren: 1, mostChildren: 2, inVain: new Set([1]) },
    ...facts,
  })
  return helper?.kind === 'main' ? 0 : helper?.delivery.handle
}

/** A terminal that fetches in stripe 0 from `upstream`, and has nothing yet. */
const childOf = (upstream: number, handle: number, packets = 0) =>
  delivery(handle, { state: 'receiving', upstreams: [upstream], stripePackets: [packets] })

/** The same, sent there a moment ago from another. */
function sentAwayFrom(former: number, to: DeliveryView): DeliveryView {
  to.possible.sentAway(0, former, NOW_MS)
  return to
}

describe('a terminal without an upstream', () => {
  test('is served by one that serves nobody', () => {
    expect(chosen([delivery(2), childOf(2, 4), delivery(3)])).toBe(3)
  })

  test('is served by one that serves others rather than by the main server, whose line all of it goes over', () => {
    const others = [delivery(2), childOf(2, 4)]
    expect(chosen(others)).toBe(2)
    expect(chosen([...others, childOf(2, 5)])).toBe(0)
    expect(chosen([...others, childOf(2, 5)], { mainChildren: 1 })).toBeUndefined()
  })

  test('is not sent to one that serves as many as it may in other stripes', () => {
    const inAnother = (handle: number) => ({ ...childOf(2, handle), upstreams: [null, 2] })
    expect(chosen([delivery(2), inAnother(4), delivery(3), childOf(3, 5)])).toBe(2)
    expect(chosen([delivery(2), inAnother(4), inAnother(5)])).toBe(0)
  })

  test('is not sent to one that served it in vain, though it says that it has everything', () => {
    const others = [delivery(1), delivery(2), delivery(3)]
    expect(chosen(others, { inVain: new Set([1, 2]) })).toBe(3)
    expect(chosen(others, { inVain: new Set([1, 2, 3]) })).toBe(0)
    expect(chosen(others, { inVain: new Set([1, 2, 3]), mainChildren: 1 })).toBeUndefined()
  })

  test('is not sent to one that has let the content go long since, or was started again, but for a provider', () => {
    const long = delivery(2, { finishedAtMs: NOW_MS - LINGER_MS })
    const restarted = delivery(3, { finishedAtMs: null })
    expect(chosen([long, restarted])).toBe(0)
    expect(chosen([long, restarted], { isProviding: ({ handle }) => handle === 3 })).toBe(3)
  })

  test('may be sent to one that has let nothing go because it still serves another', () => {
    const serving = delivery(2, { finishedAtMs: NOW_MS - LINGER_MS })
    expect(chosen([serving, childOf(2, 4)], { mainChildren: 1 })).toBe(2)
    expect(chosen([serving], { mainChildren: 1 })).toBeUndefined()
  })

  test.each([
    ['has less than it', delivery(2, { state: 'receiving', stripePackets: [99] })],
    ['got nothing for long', delivery(2, { state: 'receiving', livelyAtMs: NOW_MS - LIVELY_MS })],
    ['has failed', delivery(2, { state: 'failed' })],
    ['is fed by it', childOf(9, 2, 1000)],
    ['is fed by it until it hears that another is to feed it', sentAwayFrom(9, childOf(5, 2, 1000))],
  ])('is not sent to one that %s', (_, other) => {
    expect(chosen([other])).toBe(0)
  })
})

describe('an upstream that sends nothing', () => {
  const scene = { nowMs: NOW_MS, livelyMs: LIVELY_MS }
  const LONG_AGO_MS = NOW_MS - LIVELY_MS
  const above = delivery(1, { state: 'receiving', stripePackets: [101] })
  const stuck = (upstream: DeliveryView, over: DeliveryView | undefined = above) =>
    isStuck({ child: orphan, upstream, above: over, stripe: 0 }, scene)

  test.each([
    ['has what its child lacks', delivery(2, { state: 'receiving', stripePackets: [101] })],
    ['has everything', delivery(2, { state: 'received' })],
    ['has failed', delivery(2, { state: 'failed', stripePackets: [100] })],
    [
      'has got nothing from one who has more',
      delivery(2, { state: 'receiving', stripePackets: [100], livelyAtMs: LONG_AGO_MS }),
    ],
  ])('is to blame when it %s', (_, upstream) => {
    expect(stuck(upstream)).toBe(true)
  })

  test('is to blame when it has got nothing from the first server', () => {
    const silent = delivery(2, { state: 'receiving', stripePackets: [100], livelyAtMs: LONG_AGO_MS })
    expect(isStuck({ child: orphan, upstream: silent, above: undefined, stripe: 0 }, scene)).toBe(true)
  })

  test('is starved itself when it has no more, and got something lately', () => {
    expect(stuck(delivery(2, { state: 'receiving', stripePackets: [100] }))).toBe(false)
  })

  test('is starved itself when the one above it has no more either, however long that takes', () => {
    const starved = delivery(2, { state: 'receiving', stripePackets: [100], livelyAtMs: LONG_AGO_MS })
    expect(stuck(starved, delivery(1, { state: 'receiving', stripePackets: [100], livelyAtMs: LONG_AGO_MS }))).toBe(
      false,
    )
  })

  test('is judged by the stripe alone', () => {
    const upstream = delivery(2, { state: 'receiving', stripePackets: [100, 500] })
    expect(stuck(upstream)).toBe(false)
  })
})
