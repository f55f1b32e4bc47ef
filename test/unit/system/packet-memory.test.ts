import { describe, expect, test } from 'vitest'
import { giveBack, isAlone, SharedBytes, unsetBytes } from '../../../src/system/packet-memory.ts'

describe('the memory of a packet', () => {
  test('is its own, whatever its length', () => {
    for (const length of [0, 1, 100, 4096, 1_048_576]) {
      const bytes = unsetBytes(length)
      expect(bytes).toHaveLength(length)
      expect(isAlone(bytes)).toBe(true)
    }
  })

  test('is shared by a view of a part of it', () => {
    expect(isAlone(unsetBytes(10).subarray(1))).toBe(false)
  })

  test('that was given back shows no bytes any more, nor does a view of it', () => {
    const bytes = unsetBytes(10)
    const view = bytes.subarray(5)
    giveBack(view)
    expect([bytes.length, view.length]).toEqual([0, 0])
    giveBack(bytes)
  })
})

describe('bytes that several hold', () => {
  test('are given back by the last who lets go', () => {
    const shared = new SharedBytes(unsetBytes(10))
    shared.hold()
    shared.letGo()
    expect(shared.bytes).toHaveLength(10)
    shared.letGo()
    expect(shared.bytes).toHaveLength(0)
  })

  test('can neither be held nor let go after that', () => {
    const shared = new SharedBytes(unsetBytes(10))
    shared.letGo()
    expect(() => shared.letGo()).toThrow(expect.objectContaining({ code: 'E_BROKEN_INVARIANT' }))
    expect(() => shared.hold()).toThrow(expect.objectContaining({ code: 'E_BROKEN_INVARIANT' }))
  })
})
