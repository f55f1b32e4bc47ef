import { describe, expect, test } from 'vitest'
import { type DeliveryView, snapshotOf } from '../../../src/server/delivery-view.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { distribute } from './one-delivery.ts'

describe('a route ack', () => {
  test('sets the upstream of its stripe', async () => {
    const { distribution, delivery, node } = await distribute()
    distribution.reports.routeAck(node, { transfer: 1, stripe: 1, upstream: 0, depth: 1, order: 0 })
    expect([delivery.state, delivery.upstreams, delivery.depth]).toEqual(['routed', [null, 0], 1])
  })

  test.each([2, 65_535])('for stripe %i, which the transfer does not have, is not believed', async (stripe) => {
    const { distribution, delivery, node } = await distribute()
    distribution.reports.routeAck(node, { transfer: 1, stripe, upstream: 0, depth: 1, order: 0 })
    expect([delivery.state, delivery.upstreams, delivery.attempts]).toEqual(['planned', [null, null], 0])
  })
})

describe('a failure', () => {
  const failure = {
    transfer: 1,
    about: 'upstream',
    handle: 0,
    code: 'E_NO_UPSTREAM',
    message: '',
    final: false,
  } as const
  /** Whether its terminal is dialled because of it, in vain. */
  const isTried = async (stripe: number) => {
    const { clock, distribution, delivery, node } = await distribute()
    distribution.reports.failure(node, { ...failure, stripe })
    await clock.advance(LIMITS.dialMs)
    return delivery.state === 'failed'
  }

  test('of an upstream makes the main server serve the stripe itself', async () => {
    expect(await isTried(1)).toBe(true)
  })

  test('in a stripe that the transfer does not have means nothing', async () => {
    expect(await isTried(2)).toBe(false)
  })
})

describe('a terminal that was given up and still asks for an upstream', () => {
  const isHeard = async (given: Partial<DeliveryView>) => {
    const wanted: DeliveryView[] = []
    const { distribution, delivery, node } = await distribute({ wantedStill: (one) => wanted.push(one) })
    Object.assign(delivery, given)
    const lacks = { transfer: 1, stripe: 0, about: 'upstream', handle: 0, final: false } as const
    distribution.reports.failure(node, { ...lacks, code: 'E_NO_UPSTREAM', message: '' })
    return wanted.includes(delivery)
  }
  const because = (code: string) => ({ code, message: '' })

  test.each([
    { state: 'failed', error: because('E_STALLED') },
    { state: 'pending', error: because('E_OFFLINE') },
  ] as const)('is heard while the content is owed to it: $state, $error.code', async (given) => {
    expect(await isHeard(given)).toBe(true)
  })

  test.each([
    { state: 'failed', error: because('E_EXPIRED') },
    { state: 'cancelled', error: because('E_SUPERSEDED') },
    { state: 'active', error: null },
    { state: 'receiving', error: null },
  ] as const)('is not while it is $state', async (given) => {
    expect(await isHeard(given)).toBe(false)
  })
})

describe('a terminal that cannot take the content', () => {
  const speaksAgainst = async (code: string) => {
    let faults = 0
    const { distribution, delivery, node } = await distribute({ failed: () => faults++ })
    const failure = { transfer: 1, stripe: 0, about: 'self', handle: 1, code, message: '', final: true } as const
    distribution.reports.failure(node, failure)
    expect(delivery.state).toBe('failed')
    return faults > 0
  }

  test.each(['E_NO_SPACE', 'E_PATH_UNREADABLE'])('by its own fault, %s, ranks lower for it', async (code) => {
    expect(await speaksAgainst(code)).toBe(true)
  })

  test.each(['E_DESTINATION_BLOCKED', 'E_SUPERSEDED', 'E_EXPIRED'])(
    'because of what was asked of it, %s, does not',
    async (code) => {
      expect(await speaksAgainst(code)).toBe(false)
    },
  )
})

test('how long the disk of a terminal took is told as soon as it says so', async () => {
  const { distribution, delivery, node } = await distribute()
  expect(delivery.diskMs).toBeNull()
  const none = { upstreams: [], downstreams: [] }
  distribution.reports.progress(node, { transfer: 1, packets: 1, bytes: 10, stripes: [1, 0], diskMs: 1500, ...none })
  expect(snapshotOf(delivery, 0).diskSeconds).toBe(1.5)
})
