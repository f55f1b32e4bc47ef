import * as v from 'valibot'
import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/wire/limits.ts'
import { faultOfMapBytes } from '../../../src/wire/map-bounds.ts'
import { decodeMap, encodeMap } from '../../../src/wire/map-codec.ts'

const schema = v.strictObject({ a: v.any() })

/** A map with one member `a`, whose value has these bytes. */
function withValue(...value: number[]): Uint8Array {
  return Uint8Array.of(0x81, 0xa1, 0x61, ...value)
}

function repeated(part: readonly number[], times: number): Uint8Array {
  return Uint8Array.from({ length: part.length * times }, (_, at) => part[at % part.length] as number)
}

function refusal(bytes: Uint8Array): string {
  try {
    decodeMap('a message', schema, bytes)
  } catch (error) {
    const { code, message } = error as { code: string; message: string }
    expect(code).toBe('E_MESSAGE')
    return message
  }
  return 'accepted'
}

describe('encodeMap and decodeMap', () => {
  test('give back every kind of value', () => {
    const values = [
      null,
      true,
      0,
      -1,
      127,
      128,
      65_536,
      2 ** 32,
      -(2 ** 40),
      0.5,
      'text ✓',
      new Uint8Array(300),
      [[], {}],
    ]
    for (const a of [...values, 'x'.repeat(40), 'x'.repeat(70_000), Array(20).fill(1), values]) {
      expect(decodeMap('a message', schema, encodeMap({ a }))).toEqual({ a })
    }
  })

  test('leave an undefined member out', () => {
    expect([...encodeMap({ a: 1, b: undefined })]).toEqual([0x81, 0xa1, 0x61, 1])
  })

  test('refuse what is not exactly one map', () => {
    expect(refusal(new Uint8Array(0))).toBe('a message is cut off')
    expect(refusal(Uint8Array.of(0x01))).toContain('a message has a wrong member')
    expect(refusal(Uint8Array.of(...withValue(1), 1))).toBe('a message has bytes behind its end')
  })

  test('refuse a member whose name would reach the prototype', () => {
    const name = [...Buffer.from('__proto__')]
    expect(refusal(Uint8Array.of(0x81, 0xa0 + name.length, ...name, 0x80))).toBe('a message is not MessagePack')
  })

  test('refuse extension types, timestamps too, and the form that means nothing', () => {
    const extensions = [
      [0xd4, 1, 0],
      [0xd5, 1, 0, 0],
      [0xd6, 0xff, 0, 0, 0, 0],
      [0xd7, 0xff, ...Array(8).fill(0)],
      [0xd8, 1, ...Array(16).fill(0)],
      [0xc7, 0, 1],
      [0xc7, 12, 0xff, ...Array(12).fill(0)],
      [0xc8, 0, 0, 1],
      [0xc9, 0, 0, 0, 0, 1],
      [0xc1],
    ]
    for (const extension of extensions) expect(refusal(withValue(...extension))).toContain('which no message uses')
  })

  test('refuse single values above their bound', () => {
    expect(refusal(encodeMap({ a: 'x'.repeat(262_145) }))).toBe('a message is not MessagePack')
    expect(refusal(encodeMap({ a: new Uint8Array(524_289) }))).toBe('a message is not MessagePack')
    expect(refusal(encodeMap({ a: Array(65_537).fill(0) }))).toBe('a message is not MessagePack')
    const wide = Object.fromEntries(Array.from({ length: 257 }, (_, k) => [`m${k}`, 0]))
    expect(refusal(encodeMap({ a: wide }))).toBe('a message is not MessagePack')
  })
})

describe('what a message claims to hold', () => {
  test('must be there, in every form that has a length', () => {
    const claims = [
      [0xc4, 2, 0],
      [0xc5, 0xff, 0xff],
      [0xc6, 0xff, 0xff, 0xff, 0xff],
      [0xd9, 2, 0x61],
      [0xda, 0xff, 0xff],
      [0xdb, 0xff, 0xff, 0xff, 0xff],
      [0xdc, 0xff, 0xff, 0],
      [0xdd, 0xff, 0xff, 0xff, 0xff],
      [0xde, 0, 1, 0xa0],
      [0xdf, 0xff, 0xff, 0xff, 0xff],
      [0x92, 1],
      [0x81, 0xa0],
      [0xa2, 0x61],
      [0xca, 0, 0, 0],
      [0xcb, 0, 0, 0, 0, 0, 0, 0],
      [0xcf, 0, 0, 0, 0, 0, 0, 0],
      [0xd1, 0],
    ]
    for (const claim of claims) expect(refusal(withValue(...claim))).toBe('a message is cut off')
  })

  test('costs nothing when it is not: the bytes are refused before a decoder sees them', () => {
    const bytes = LIMITS.strangerFrameBytes
    // Each of these heads makes a decoder set half a megabyte aside; 8 KiB of them more than a gigabyte.
    expect(faultOfMapBytes(repeated([0xdc, 0xff, 0xff], bytes / 3))).toBe('is cut off')
    expect(faultOfMapBytes(repeated([0xdd, 0xff, 0xff, 0xff, 0xff], bytes / 5))).toBe('is cut off')
    expect(faultOfMapBytes(repeated([0xdf, 0xff, 0xff, 0xff, 0xff], bytes / 5))).toBe('is cut off')
  })

  test('may be nested as deep as any message needs and not without end', () => {
    const nested = (depth: number) => Uint8Array.of(...repeated([0x91], depth), 0xc0)
    expect(faultOfMapBytes(nested(12))).toBeUndefined()
    expect(faultOfMapBytes(nested(13))).toBe('is nested deeper than 12 levels')
    expect(faultOfMapBytes(repeated([0x91], LIMITS.transportRequestBytes))).toBe('is nested deeper than 12 levels')
    expect(faultOfMapBytes(repeated([0x81], 1000))).toBe('is nested deeper than 12 levels')
  })

  test('is looked for in a view of larger memory, too', () => {
    const memory = Uint8Array.of(0xc1, ...withValue(7), 0xc1)
    expect(decodeMap('a message', schema, memory.subarray(1, -1))).toEqual({ a: 7 })
  })
})
