import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { readTicket } from '../../../src/terminal/downstream.ts'
import { FIRST_SERVER_HANDLE } from '../../../src/tree/plan.ts'
import type { SignedBytes } from '../../../src/wire/field-schemas.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import type { DeliveryStateName } from '../../../src/wire/snapshot.ts'
import { distribute } from './one-delivery.ts'

describe('a push whose first server was away at its beginning', () => {
  async function began() {
    let isHere = false
    const asked: string[][] = []
    const ticketOf = (signed: SignedBytes) => readTicket(signed).ticket
    const world = await distribute({
      isNew: true,
      wish: { stripes: 2, fanOut: 2 },
      isPusherHere: () => isHere,
      provide: (_, { relays }) => asked.push(relays.flatMap(({ below }) => below.map((held) => ticketOf(held).node))),
    })
    world.distribution.start()
    const arrives = () => {
      isHere = true
    }
    return { ...world, asked, arrives }
  }

  test('has its targets asked as soon as that is here', async () => {
    const { distribution, delivery, node, asked, arrives, clock } = await began()
    expect([asked, distribution.origin.isUnasked(delivery)]).toEqual([[], true])
    arrives()
    const { held } = delivery
    if (held === undefined) throw new Error('the delivery has its ticket')
    expect(distribution.arrived(node, held.ticket.address)).toBe(delivery)
    distribution.redeliver(delivery, held)
    await clock.advance(LIMITS.gatherMs)
    expect(asked).toEqual([[node, node]])
    expect(distribution.arrived(node, held.ticket.address)).toBeUndefined()
  })

  test('asks nobody who was heard of meanwhile', async () => {
    const { distribution, delivery } = await began()
    delivery.state = 'routed'
    expect(distribution.origin.isUnasked(delivery)).toBe(false)
  })
})

describe('a provider that cannot provide', () => {
  test('is no news twice, and its failure gives nobody time when it was the only one', async () => {
    const { distribution, delivery } = await distribute({ isPusherHere: () => true })
    distribution.origin.providers?.serve([])
    const pusher = distribution.origin.providers?.first?.node
    if (pusher === undefined) throw new Error('the pusher is the first server')
    expect([distribution.origin.failed(pusher), distribution.origin.failed(pusher)]).toEqual([true, false])
    expect(delivery.livelyAtMs).toBe(0)
  })

  /** The pusher is to provide; so can web8, which has the content. */
  async function pusherFails(state: DeliveryStateName) {
    const asked: { node: NodeId; targets: string[] }[] = []
    const sent: { node: NodeId; handle: number; stripe: number }[] = []
    const ticketOf = (signed: SignedBytes) => readTicket(signed).ticket
    const world = await distribute({
      hasHolder: true,
      wish: { stripes: 2, fanOut: 2 },
      isPusherHere: () => true,
      provide: (node, { relays }) =>
        asked.push({ node, targets: relays.flatMap(({ below }) => below.map((signed) => ticketOf(signed).node)) }),
      reroute: (node, { stripe, upstream }) => sent.push({ node, stripe, handle: ticketOf(upstream).handle }),
    })
    const { distribution, delivery, clock } = world
    distribution.origin.providers?.serve([])
    const pusher = distribution.origin.providers?.first?.node
    if (pusher === undefined) throw new Error('the pusher is the first server')
    Object.assign(delivery, { state, upstreams: [FIRST_SERVER_HANDLE, FIRST_SERVER_HANDLE] })
    if (state === 'planned') delivery.upstreams = [null, null]
    asked.length = 0
    distribution.origin.failed(pusher)
    const atOnce = [...sent]
    await clock.advance(LIMITS.gatherMs)
    return { ...world, asked, sent, atOnce }
  }

  test('has those that it serves sent to the next who has the content, at once', async () => {
    const { node, web8, asked, atOnce } = await pusherFails('receiving')
    expect(asked.map((provide) => provide.node)).toContain(web8)
    expect(atOnce).toEqual([
      { node, handle: 3, stripe: 0 },
      { node, handle: 3, stripe: 1 },
    ])
  })

  test('has the next send for those that have heard of nobody yet, in every stripe', async () => {
    const { node, web8, asked, sent } = await pusherFails('planned')
    expect(sent).toEqual([])
    expect(asked).toEqual([{ node: web8, targets: [node, node] }])
  })

  test.each(['active', 'failed', 'pending', 'cancelled'] as const)(
    'sends for nobody whose delivery is %s',
    async (state) => {
      const { asked, sent } = await pusherFails(state)
      expect([asked, sent]).toEqual([[], []])
    },
  )
})

describe('a provider that is a target too and comes back', () => {
  async function returns(state: DeliveryStateName) {
    const asked: NodeId[] = []
    const world = await distribute({ hasHolder: true, isPusherHere: () => false, provide: (node) => asked.push(node) })
    const { distribution, deliveries, web8, clock } = world
    const holder = deliveries.find(({ node }) => node === web8)
    if (holder === undefined) throw new Error('web8 is a target')
    distribution.origin.providers?.serve([])
    asked.length = 0
    holder.state = state
    distribution.origin.arrived(web8)
    const atOnce = [...asked]
    await clock.advance(LIMITS.gatherMs)
    return { atOnce, asked, web8 }
  }

  test('is asked to provide again, as what may be a new process', async () => {
    const { atOnce, web8 } = await returns('active')
    expect(atOnce).toEqual([web8])
  })

  test('and has it no more is asked for nothing', async () => {
    expect((await returns('withdrawn')).asked).toEqual([])
  })
})
