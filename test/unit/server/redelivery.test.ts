import { describe, expect, test } from 'vitest'
import type { DeliveryView } from '../../../src/server/delivery-view.ts'
import type { PresentTerminal } from '../../../src/server/presence.ts'
import { Redelivery, type RedeliveryOptions } from '../../../src/server/redelivery.ts'
import type { RunningTransfer } from '../../../src/server/running-transfer.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { distribute } from './one-delivery.ts'

const GIVEN_UP = { code: 'E_STALLED', message: 'terminal web7 took no packet for 31 s' }

/** A transfer that is over, in which web7 was given up at the start of the clock; it is here all the time. */
async function givenUp({ isHere = true, stored = true, freeBytes = 1e9, isPusherHere = (): boolean => true } = {}) {
  const world = await distribute({ isPusherHere })
  const { distribution, delivery, clock } = world
  const { held } = delivery
  if (held === undefined) throw new Error('the delivery has its ticket')
  Object.assign(delivery, { state: 'failed', error: GIVEN_UP })
  let reopened = 0
  const transfer = { id: 1, distribution, stored, storedBytes: 100, expectedBytes: 100, reopen: () => reopened++ }
  const web7 = { node: delivery.node, address: held.ticket.address, freeBytes } as PresentTerminal
  const redelivery = new Redelivery({
    clock,
    presence: { find: (node) => (isHere && node === delivery.node ? web7 : undefined) },
    roster: { holder: async () => ({}) } as unknown as RedeliveryOptions['roster'],
    tickets: { issue: () => held } as unknown as RedeliveryOptions['tickets'],
    database: { transfers: { find: async () => ({}) } } as unknown as RedeliveryOptions['database'],
    transfers: () => [],
  })
  const running = transfer as unknown as RunningTransfer
  return {
    ...{ ...world, reopened: () => reopened },
    retry: () => redelivery.retry(running, delivery),
    toPresent: () => redelivery.toPresent(running),
    failAgain: () => Object.assign(delivery, { state: 'failed', error: GIVEN_UP } satisfies Partial<DeliveryView>),
  }
}

describe('a delivery that failed and is owed to a terminal that is here', () => {
  test('is tried once more when its terminal asks for it, and its transfer goes on', async () => {
    const { clock, delivery, retry, reopened } = await givenUp()
    await clock.advance(LIMITS.deliveryFailMs)
    await retry()
    expect([delivery.state, reopened()]).toEqual(['planned', 1])
  })

  test('is tried once for all that its terminal asks at a time, and later the next time', async () => {
    const { clock, delivery, retry, reopened, failAgain } = await givenUp()
    await clock.advance(LIMITS.deliveryFailMs)
    await Promise.all([retry(), retry()])
    failAgain()
    await clock.advance(LIMITS.deliveryFailMs)
    await retry()
    expect([delivery.state, reopened()]).toEqual(['failed', 1])
    await clock.advance(LIMITS.deliveryFailMs)
    await retry()
    expect([delivery.state, reopened()]).toEqual(['planned', 2])
  })

  test('is tried when somebody who has the content is here', async () => {
    const { clock, delivery, toPresent } = await givenUp()
    await clock.advance(LIMITS.deliveryFailMs)
    await toPresent()
    expect(delivery.state).toBe('planned')
  })

  test('says that nobody is here to provide the content, and is tried as soon as somebody is', async () => {
    let isHere = true
    const { clock, delivery, retry, toPresent } = await givenUp({ isPusherHere: () => isHere })
    await clock.advance(LIMITS.deliveryFailMs)
    isHere = false
    await retry()
    expect([delivery.state, delivery.error?.code]).toEqual(['failed', 'E_NO_PROVIDER'])
    isHere = true
    await toPresent()
    expect(delivery.state).toBe('planned')
  })

  test.each([
    ['its terminal has gone', { isHere: false }],
    ['the content is not whole', { stored: false }],
  ])('is left alone while %s', async (_, how) => {
    const { clock, delivery, retry } = await givenUp(how)
    await clock.advance(LIMITS.deliveryFailMs)
    await retry()
    expect(delivery.state).toBe('failed')
  })

  test.each(['E_EXPIRED', 'E_NODE_REVOKED'])('is not tried when it failed for good, %s', async (code) => {
    const { clock, delivery, toPresent } = await givenUp()
    delivery.error = { code, message: '' }
    await clock.advance(LIMITS.deliveryFailMs)
    await toPresent()
    expect(delivery.state).toBe('failed')
  })

  test('waits for room when there was none', async () => {
    const { clock, delivery, retry } = await givenUp({ freeBytes: 10 })
    delivery.error = { code: 'E_NO_SPACE', message: '' }
    await clock.advance(LIMITS.deliveryFailMs)
    await retry()
    expect(delivery.state).toBe('failed')
  })
})
