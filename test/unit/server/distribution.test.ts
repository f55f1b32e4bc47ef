import { describe, expect, test } from 'vitest'
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
