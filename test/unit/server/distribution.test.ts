import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { distribute } from './one-delivery.ts'

test('what was called off keeps its reason when it is called off again, as by the end of the link of who called it off', async () => {
  const { distribution, delivery, node } = await distribute()
  const reason = { code: 'E_PATH_CHANGED', message: 'the file was written to' }
  expect(distribution.cancel(reason)).toEqual([node])
  expect(distribution.cancel({ code: 'E_PUSHER_GONE', message: 'the pusher went away' })).toEqual([])
  expect([delivery.state, delivery.error]).toEqual(['cancelled', reason])
})

test('a terminal is told that its own delivery was superseded, and nothing while it may still get it', async () => {
  const { distribution, delivery, node } = await distribute()
  delivery.state = 'pending'
  expect(distribution.calledOff(node)).toBeUndefined()
  distribution.supersede(new Set([node]), 2)
  expect(distribution.calledOff(node)?.code).toBe('E_SUPERSEDED')
})

describe('a terminal that comes back', () => {
  test('where it listened before goes on with its ticket', async () => {
    const { distribution, delivery, node } = await distribute()
    expect(distribution.arrived(node, delivery.held?.ticket.address ?? '')).toBeUndefined()
  })

  test.each(['planned', 'receiving', 'received'] as const)(
    'at another address needs a new ticket while its delivery is %s',
    async (state) => {
      const { distribution, delivery, node } = await distribute()
      delivery.state = state
      expect(distribution.arrived(node, 'web7.example:9999')).toBe(delivery)
    },
  )

  test.each(['planned', 'received'] as const)(
    'after a restart of the main server needs a ticket while its delivery is %s',
    async (state) => {
      const { distribution, delivery, node } = await distribute()
      Object.assign(delivery, { state, held: undefined })
      expect(distribution.arrived(node, 'web7.example:9999')).toBe(delivery)
    },
  )

  test.each(['active', 'cancelled'] as const)('needs none any more when its delivery is %s', async (state) => {
    const { distribution, delivery, node } = await distribute()
    Object.assign(delivery, { state, held: undefined })
    expect(distribution.arrived(node, 'web7.example:9999')).toBeUndefined()
  })
})

test('a transfer that is called off asks nobody any more, not even who was about to be asked', async () => {
  const asked: NodeId[] = []
  const { distribution, delivery, clock } = await distribute({
    isPusherHere: () => true,
    provide: (node) => asked.push(node),
  })
  const { held } = delivery
  if (held === undefined) throw new Error('the delivery has its ticket')
  delivery.state = 'pending'
  distribution.redeliver(delivery, held)
  distribution.cancel({ code: 'E_CANCELLED', message: 'the operator called it off' })
  await clock.advance(LIMITS.gatherMs)
  expect(asked).toEqual([])
})

describe('a small content', () => {
  async function whole() {
    let sent = 0
    const world = await distribute({ deliver: () => sent++, wish: { bytes: 100 } })
    const { distribution, delivery, library, node, clock } = world
    const { held } = delivery
    if (held === undefined) throw new Error('the delivery has its ticket')
    distribution.redeliver(delivery, held)
    const store = async () => {
      await library.intake.add(new Uint8Array(100))
      const closing = await library.intake.end()
      closing.release()
      distribution.contentStored()
      await clock.advance(0)
    }
    const returns = () => distribution.arrived(node, held.ticket.address)
    return { ...world, held, store, returns, sent: () => sent }
  }

  test('is sent whole, once all of it is stored', async () => {
    const { store, sent } = await whole()
    expect(sent()).toBe(0)
    await store()
    expect(sent()).toBe(1)
  })

  test('is sent again to a terminal that comes back without it, a few times', async () => {
    const { distribution, delivery, held, store, returns, sent, clock } = await whole()
    expect(returns()).toBeUndefined()
    await store()
    while (returns() === delivery && sent() < 10) {
      distribution.redeliver(delivery, held)
      await clock.advance(0)
    }
    expect(sent()).toBe(4)
  })

  test.each(['received', 'active', 'failed', 'cancelled'] as const)(
    'is not sent again once it is %s',
    async (state) => {
      const { distribution, delivery, held, store, returns } = await whole()
      await store()
      Object.assign(delivery, { state, error: state === 'failed' ? { code: 'E_EXPIRED', message: '' } : null })
      expect(returns()).toBeUndefined()
      expect(held).toBe(distribution.deliveries[0]?.held)
    },
  )

  test('has its response time, its source and its bytes as one that came down a link', async () => {
    const { distribution, delivery, store, node, clock } = await whole()
    await store()
    await clock.advance(40)
    distribution.reports.routeAck(node, { transfer: 1, stripe: 0, upstream: 0, depth: 1, order: 0 })
    expect([delivery.state, delivery.upstreams[0], delivery.depth]).toEqual(['routed', 0, 1])
    expect(delivery.responseMs).toBe(40)
    const receipt = { transfer: 1, node, contentDigest: new Uint8Array(32), bytes: 100, elapsedMs: 1, diskMs: 1 }
    const signed = { payload: new Uint8Array(0), signature: new Uint8Array(64) }
    const heard = { signed, state: 'active', error: null, hook: false, kept: () => undefined } as const
    distribution.reports.receipt(node, receipt, heard)
    expect([delivery.state, delivery.bytes]).toEqual(['active', 100])
    expect(delivery.sources.list(clock.monotonic())).toMatchObject([{ handle: 0, bytes: 100 }])
  })
})
