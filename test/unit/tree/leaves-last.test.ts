import { describe, expect, test } from 'vitest'
import { leavesLast } from '../../../src/tree/leaves-last.ts'

describe('leaves last', () => {
  test('keeps the order among relays and among leaves', () => {
    expect(leavesLast([1, 2, 3, 4, 5, 6], (rank) => rank % 2 === 1)).toEqual([2, 4, 6, 1, 3, 5])
  })
})
