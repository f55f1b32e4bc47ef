import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import type { DeliveryStateName } from '../../../src/wire/snapshot.ts'
import { distribute } from './one-delivery.ts'

/** A content that a pusher provides, to web7 and to web8, whose delivery has this state. */
async function provided({ isPusherHere, web8State }: { isPusherHere: boolean; web8State: DeliveryStateName }) {
  const world = await distribute({ hasHolder: true, isPusherHere: () => isPusherHere })
  const { distribution, deliveries } = world
  const { providers } = distribution.origin
  if (providers === undefined) throw new Error('the pusher provides')
  for (const delivery of deliveries) if (delivery.node === world.web8) delivery.state = web8State
  const fails = (node: NodeId) => {
    providers.serve([])
    providers.failed(node)
  }
  return { ...world, providers, fails }
}

describe('a content', () => {
  test('is neither forsaken nor lost while its pusher is here', async () => {
    const { providers } = await provided({ isPusherHere: true, web8State: 'receiving' })
    expect([providers.isForsaken, providers.isLost]).toEqual([false, false])
  })

  test('is in good hands while a terminal that has all of it is here, though its pusher is gone', async () => {
    const { providers, web8 } = await provided({ isPusherHere: false, web8State: 'active' })
    expect([providers.isForsaken, providers.isLost, providers.current?.node]).toEqual([false, false, web8])
  })

  test('is forsaken and not lost while a terminal that has all of it waits for its time to go live', async () => {
    const { providers } = await provided({ isPusherHere: false, web8State: 'received' })
    expect([providers.isForsaken, providers.isLost]).toEqual([true, false])
    expect(providers.lack('web7').message).toContain('terminal web7 gets it when one of them is back')
  })

  test.each(['planned', 'receiving', 'failed', 'withdrawn'] as const)(
    'is lost when its pusher is gone and the only other terminal is %s',
    async (web8State) => {
      const { providers } = await provided({ isPusherHere: false, web8State })
      expect([providers.isForsaken, providers.isLost]).toEqual([true, true])
      expect(providers.lack('web7').message).toContain('push it again')
    },
  )

  test('is lost when the terminal that had it cannot read it', async () => {
    const { providers, web8, fails } = await provided({ isPusherHere: false, web8State: 'active' })
    fails(web8)
    expect([providers.isForsaken, providers.isLost, providers.hasFailed(web8)]).toEqual([true, true, true])
  })
})
