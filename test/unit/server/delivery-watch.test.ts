import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/wire/limits.ts'
import { distribute } from './one-delivery.ts'

const SECOND_MS = 1_000
const routeAck = { transfer: 1, stripe: 0, upstream: 0, depth: 1, order: 0 }
const progress = { transfer: 1, packets: 1, stripes: [1, 0], diskMs: 0, upstreams: [], downstreams: [] }

/** A terminal that found the main server gone just before it was back. */
const LONGEST_PAUSE_MS = 1.5 * LIMITS.reconnectLastMs + LIMITS.dialMs

describe('after a start of the main server', () => {
  test('a terminal is waited for until it must have looked for the main server again', async () => {
    const { clock, distribution, delivery, node } = await distribute()
    Object.assign(delivery, { state: 'receiving', held: undefined })
    distribution.awaitTerminals()
    await clock.advance(LONGEST_PAUSE_MS - SECOND_MS)
    expect(delivery.state).toBe('receiving')
    distribution.arrived(node, null)
    await clock.advance(2 * SECOND_MS)
    expect(delivery.state).toBe('receiving')
  })

  test('one that does not come back gets it later', async () => {
    const { clock, distribution, delivery } = await distribute()
    Object.assign(delivery, { state: 'receiving', held: undefined })
    distribution.awaitTerminals()
    await clock.advance(LIMITS.returnGraceMs + SECOND_MS)
    expect(delivery).toMatchObject({ state: 'pending', error: { code: 'E_OFFLINE' } })
  })

  test('a content is not taken for lost with its pusher while a terminal that may have all of it is waited for', async () => {
    const { clock, distribution, delivery } = await distribute({ isPusherHere: () => false })
    Object.assign(delivery, { state: 'receiving', held: undefined })
    distribution.awaitTerminals()
    await clock.advance(LONGEST_PAUSE_MS - SECOND_MS)
    expect(delivery.state).toBe('receiving')
    await clock.advance(2 * SECOND_MS)
    expect(delivery).toMatchObject({ state: 'cancelled', error: { code: 'E_NO_PROVIDER' } })
  })
})

describe('a transfer whose pusher is its first server', () => {
  test('ends when the pusher is gone and no terminal gets anything from another', async () => {
    const { clock, distribution, delivery, node } = await distribute({ isPusherHere: () => false })
    distribution.reports.progress(node, { ...progress, bytes: 1 })
    await clock.advance(LIMITS.deliveryStallMs - SECOND_MS)
    expect(delivery.state).toBe('receiving')
    // That it has another upstream does not mean that the other has what it lacks.
    distribution.reports.routeAck(node, routeAck)
    await clock.advance(3 * SECOND_MS)
    expect(delivery).toMatchObject({
      state: 'cancelled',
      error: { code: 'E_NO_PROVIDER', message: expect.stringMatching(/push it again$/) },
    })
  })

  test('owes nobody what only the pusher had, once the pusher is gone', async () => {
    const { clock, distribution, delivery, node } = await distribute({ isPusherHere: () => false })
    distribution.left(node)
    await clock.advance(LIMITS.offlineGraceMs + SECOND_MS)
    expect(delivery.state).toBe('pending')
    await clock.advance(LIMITS.deliveryStallMs)
    expect(delivery).toMatchObject({ state: 'cancelled', error: { code: 'E_NO_PROVIDER' } })
  })

  test('goes on without it for as long as terminals get something from one another', async () => {
    const { clock, distribution, delivery, node } = await distribute({ isPusherHere: () => false })
    for (let bytes = 1; bytes < 8; bytes++) {
      distribution.reports.progress(node, { ...progress, bytes })
      await clock.advance(LIMITS.deliveryStallMs / 2)
    }
    expect(delivery.state).toBe('receiving')
  })

  test('begins to wait anew when the pusher was away and is back', async () => {
    let isHere = false
    const { clock, distribution, delivery, node } = await distribute({ isPusherHere: () => isHere })
    distribution.reports.progress(node, { ...progress, bytes: 1 })
    await clock.advance(LIMITS.deliveryStallMs - SECOND_MS)
    isHere = true
    await clock.advance(2 * SECOND_MS)
    isHere = false
    await clock.advance(LIMITS.deliveryStallMs - 2 * SECOND_MS)
    expect(delivery.state).toBe('receiving')
  })
})
