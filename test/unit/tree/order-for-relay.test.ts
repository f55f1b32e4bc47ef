import { describe, expect, test } from 'vitest'
import { leavesLast, orderForRelay, type RelayFitness } from '../../../src/tree/order-for-relay.ts'

describe('leaves last', () => {
  test('keeps the order among relays and among leaves', () => {
    expect(leavesLast([1, 2, 3, 4, 5, 6], (rank) => rank % 2 === 1)).toEqual([2, 4, 6, 1, 3, 5])
  })
})

describe('the order for relaying', () => {
  const fitness = (name: string): RelayFitness =>
    name.startsWith('leaf') ? 'leaf' : name.startsWith('slow') ? 'reserve' : 'relay'

  test('reserve terminals are leaves while the others can carry everyone', () => {
    expect(orderForRelay(['slow1', 'a', 'leaf1', 'b', 'c'], 2, fitness)).toEqual({
      ordered: ['a', 'b', 'c', 'slow1', 'leaf1'],
      relays: 3,
    })
  })

  test('the best of the reserve are called up, only as many as are needed', () => {
    // Six targets at fan-out 2: the server and two relays have 2 · 3 places.
    expect(orderForRelay(['leaf1', 'slow1', 'slow2', 'slow3', 'a', 'leaf2'], 2, fitness)).toEqual({
      ordered: ['a', 'slow1', 'leaf1', 'slow2', 'slow3', 'leaf2'],
      relays: 2,
    })
  })

  test('leaves are never called up', () => {
    expect(orderForRelay(['leaf1', 'leaf2', 'leaf3'], 1, fitness)).toEqual({
      ordered: ['leaf1', 'leaf2', 'leaf3'],
      relays: 0,
    })
  })

  test('a wrong fan-out is refused', () => {
    expect(() => orderForRelay(['a'], 0, fitness)).toThrow(expect.objectContaining({ code: 'E_FAN_OUT' }))
  })
})
