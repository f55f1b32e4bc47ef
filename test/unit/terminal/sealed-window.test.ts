import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SharedBytes } from '../../../src/system/packet-memory.ts'
import { SealedWindow } from '../../../src/terminal/sealed-window.ts'

const bytesOf = (length: number) => new SharedBytes(new Uint8Array(length))

describe('the window of sealed packets', () => {
  test('never holds more than its capacity, and knows how much it holds', () => {
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.nat(20), fc.integer({ min: 0, max: 150 })), { maxLength: 200 }), (puts) => {
        const window = new SealedWindow(100)
        for (const [index, length] of puts) {
          window.put(index, bytesOf(length))
          let held = 0
          for (let known = 0; known <= 20; known++) held += window.get(known)?.bytes.length ?? 0
          expect(window.bytes).toBe(held)
          expect(held).toBeLessThanOrEqual(100)
        }
      }),
    )
  })

  test('lets the oldest go first, and only as many as it must', () => {
    const window = new SealedWindow(30)
    for (const index of [5, 1, 9]) window.put(index, bytesOf(10))
    window.put(2, bytesOf(11))
    expect([5, 1, 9, 2].map((index) => window.get(index) !== undefined)).toEqual([false, false, true, true])
  })

  test('keeps the first bytes of a packet that comes twice', () => {
    const window = new SealedWindow(30)
    const first = bytesOf(1)
    window.put(0, first)
    window.put(0, bytesOf(2))
    expect(window.get(0)).toBe(first)
    expect(window.bytes).toBe(1)
  })

  test('a packet larger than all of it pushes nothing out', () => {
    const window = new SealedWindow(30)
    window.put(0, bytesOf(10))
    window.put(1, bytesOf(31))
    expect(window.get(0)).toBeDefined()
    expect(window.get(1)).toBeUndefined()
  })

  test('is empty once cleared', () => {
    const window = new SealedWindow(30)
    window.put(0, bytesOf(10))
    window.clear()
    expect([window.bytes, window.get(0)]).toEqual([0, undefined])
  })

  test('gives the memory of a packet back when it lets it go, unless somebody else still holds it', () => {
    const window = new SealedWindow(10)
    const [alone, held, last] = [bytesOf(10), bytesOf(10), bytesOf(10)]
    for (const packet of [alone, held, last]) window.put([alone, held, last].indexOf(packet), packet)
    for (const packet of [alone, last]) packet.letGo()
    expect([alone, held, last].map(({ bytes }) => bytes.length)).toEqual([0, 10, 10])
    held.letGo()
    window.clear()
    expect([held, last].map(({ bytes }) => bytes.length)).toEqual([0, 0])
  })
})
