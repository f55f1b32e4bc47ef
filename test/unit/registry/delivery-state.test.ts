import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import {
  type DeliveryEvent,
  type DeliveryState,
  isDelivered,
  isFinished,
  moveDelivery,
} from '../../../src/registry/delivery-state.ts'
import { DELIVERY_STATES } from '../../../src/wire/snapshot.ts'

const EVENTS: readonly DeliveryEvent[] = [
  'routed',
  'progressed',
  'received',
  'activated',
  'withdrawn',
  'failed',
  'postponed',
  'retried',
  'cancelled',
]
const run = (...events: DeliveryEvent[]) =>
  events.reduce<DeliveryState | undefined>((state, event) => state && moveDelivery(state, event), 'planned')

describe('a delivery', () => {
  test('runs from planned to withdrawn', () => {
    expect(run('routed')).toBe('routed')
    expect(run('routed', 'progressed')).toBe('receiving')
    expect(run('routed', 'progressed', 'received')).toBe('received')
    expect(run('routed', 'progressed', 'received', 'activated')).toBe('active')
    expect(run('routed', 'progressed', 'received', 'activated', 'withdrawn')).toBe('withdrawn')
  })

  test('does not fall back when a message comes late or twice', () => {
    expect(run('progressed', 'routed')).toBe('receiving')
    expect(run('received', 'progressed', 'routed', 'received')).toBe('received')
    expect(run('activated', 'received', 'progressed')).toBe('active')
    expect(run('activated', 'withdrawn', 'activated')).toBe('withdrawn')
  })

  test('waits when its terminal could not be reached, and is planned again', () => {
    expect(run('postponed')).toBe('pending')
    expect(run('routed', 'postponed', 'retried')).toBe('planned')
    expect(run('progressed', 'failed', 'retried', 'routed')).toBe('routed')
  })

  test('is believed to be there when the receipt comes after it was given up', () => {
    expect(run('failed', 'received')).toBe('received')
    expect(run('postponed', 'received')).toBe('received')
    expect(run('cancelled', 'received', 'activated')).toBe('active')
  })

  test('that was given up goes on when its terminal does', () => {
    expect(run('failed', 'routed')).toBe('routed')
    expect(run('postponed', 'progressed')).toBe('receiving')
  })

  test('fails after its receipt only before it was published', () => {
    expect(run('received', 'failed')).toBe('failed')
    expect(run('activated', 'failed')).toBeUndefined()
  })

  test('that was cancelled is not tried again, and one that is active is not cancelled', () => {
    expect(run('cancelled', 'retried')).toBeUndefined()
    expect(run('cancelled', 'routed')).toBeUndefined()
    expect(run('activated', 'cancelled')).toBeUndefined()
  })

  test('once delivered is never under way or pending again, whatever is heard', () => {
    fc.assert(
      fc.property(fc.constantFrom(...DELIVERY_STATES), fc.array(fc.constantFrom(...EVENTS)), (from, events) => {
        let state: DeliveryState = from
        for (const event of events.filter((event) => event !== 'failed' && event !== 'cancelled')) {
          const next = moveDelivery(state, event) ?? state
          if (isDelivered(state)) expect(isDelivered(next)).toBe(true)
          state = next
        }
      }),
    )
  })

  test('is finished in every state that nothing but a new attempt or its terminal changes', () => {
    const finished = DELIVERY_STATES.filter(isFinished)
    expect(finished).toEqual(['received', 'active', 'withdrawn', 'failed', 'cancelled'])
  })
})
