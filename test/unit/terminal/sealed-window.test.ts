import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SealedWindow } from '../../../src/terminal/sealed-window.ts'

describe('the window of sealed packets', () => {
  test('never holds more than its capacity, and knows how much it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 150 })), { maxLength: 200 }), (puts) => {
        const window = new SealedWindow(100)
        for (const [index, length] of puts) {
          window.put(index, new Uint8Array(length))
          let held = 0
          for (let known = 0; known <= 20; known++) held += window.get(known)?.length ?? 0
          expect(window.bytes).toBe(held)
          expect(held).toBeLessThanOrEqual(100)
        }
      }),
    )
  })

  test('lets the oldest go first, and only as many as it must', () => {
    const window = new SealedWindow(30)
    for (const index of [5, 1, 9]) window.put(index, new Uint8Array(10))
    window.put(2, new Uint8Array(11))
    expect([5, 1, 9, 2].map((index) => window.get(index) !== undefined)).toEqual([false, false, true, true])
  })

  test('keeps the first bytes of a packet that comes twice', () => {
    const window = new SealedWindow(30)
    const first = Uint8Array.of(1)
    window.put(0, first)
    window.put(0, Uint8Array.of(2, 2))
    expect(window.get(0)).toBe(first)
    expect(window.bytes).toBe(1)
  })

  test('a packet larger than all of it pushes nothing out', () => {
    const window = new SealedWindow(30)
    window.put(0, new Uint8Array(10))
    window.put(1, new Uint8Array(31))
    expect(window.get(0)).toBeDefined()
    expect(window.get(1)).toBeUndefined()
  })

  test('is empty once cleared', () => {
    const window = new SealedWindow(30)
    window.put(0, new Uint8Array(10))
    window.clear()
    expect([window.bytes, window.get(0)]).toEqual([0, undefined])
  })
})
