import { readFileSync } from 'node:fs'
import { resolve } from 'node:path'
import { Decoder } from '@msgpack/msgpack'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { TreecastError } from '../../src/system/errors.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { faultOfMapBytes } from '../../src/wire/map-bounds.ts'
import { decodeMessage, type MapMessageName } from '../../src/wire/messages.ts'
import { decodePacket, encodePacketHeader } from '../../src/wire/packet-header.ts'
import { decodeManifest, decodeReceipt, decodeTicket } from '../../src/wire/signed-documents.ts'
import { EXAMPLE_MESSAGES, EXAMPLE_PACKET_HEADER } from '../support/wire/example-messages.ts'

const golden: Record<string, string> = JSON.parse(
  readFileSync(resolve(import.meta.dirname, '../golden/messages.json'), 'utf8'),
)
const goldenBytes = Object.values(golden).map((hex) => Uint8Array.from(Buffer.from(hex, 'hex')))
const names = [...new Set(Object.values(EXAMPLE_MESSAGES).map(({ name }) => name))]

const decoders: ((bytes: Uint8Array) => unknown)[] = [
  ...names.map((name: MapMessageName) => (bytes: Uint8Array) => decodeMessage(name, bytes)),
  decodeManifest,
  decodeTicket,
  decodeReceipt,
  decodePacket,
]

/** What a decoder makes of the bytes: nothing but an answer or one of our own errors. */
function outcome(decode: (bytes: Uint8Array) => unknown, bytes: Uint8Array): unknown {
  try {
    return decode(bytes)
  } catch (error) {
    if (!(error instanceof TreecastError)) throw error
    expect(['E_MESSAGE', 'E_PACKET_HEADER']).toContain(error.code)
    return undefined
  }
}

function expectNoSurprise(bytes: Uint8Array): void {
  const before = bytes.slice()
  for (const decode of decoders) outcome(decode, bytes)
  expect(bytes).toEqual(before)
}

/** Bytes that stand for heads, lengths and edges more often than chance has them. */
const hostileByte = fc.oneof(
  fc.integer({ min: 0, max: 255 }),
  fc.constantFrom(0x00, 0x7f, 0x80, 0x81, 0x8f, 0x90, 0x91, 0x9f, 0xa0, 0xa1, 0xbf, 0xc1, 0xc4, 0xc6, 0xc7, 0xff),
  fc.integer({ min: 0xc0, max: 0xdf }),
)
const hostileBytes = fc.array(hostileByte, { maxLength: 400 }).map((bytes) => Uint8Array.from(bytes))

interface Mutation {
  readonly kind: 'set' | 'insert' | 'remove' | 'cut' | 'repeat'
  /** Where, as a part of the whole length. */
  readonly at: number
  readonly byte: number
  readonly length: number
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  kind: fc.constantFrom('set', 'insert', 'remove', 'cut', 'repeat'),
  at: fc.double({ min: 0, max: 1, noNaN: true, maxExcluded: true }),
  byte: hostileByte,
  length: fc.integer({ min: 1, max: 12 }),
})

function mutate(bytes: readonly number[], { kind, at, byte, length }: Mutation): readonly number[] {
  const place = Math.floor(at * bytes.length)
  switch (kind) {
    case 'set':
      return place < bytes.length ? bytes.with(place, byte) : [byte]
    case 'insert':
      return bytes.toSpliced(place, 0, byte)
    case 'remove':
      return bytes.toSpliced(place, length)
    case 'cut':
      return bytes.slice(0, place)
    case 'repeat':
      return bytes.toSpliced(place, 0, ...bytes.slice(place, place + length))
  }
}

const mutated = (originals: readonly Uint8Array[]) =>
  fc
    .tuple(fc.constantFrom(...originals), fc.array(mutation, { minLength: 1, maxLength: 4 }))
    .map(([original, mutations]) => Uint8Array.from(mutations.reduce(mutate, [...original] as readonly number[])))

/** How many values, keys too, a decoded value is made of. */
function countValues(value: unknown): number {
  if (typeof value !== 'object' || value === null || value instanceof Uint8Array) return 1
  const members = Array.isArray(value) ? value : Object.entries(value).flat()
  return members.reduce((sum: number, member) => sum + countValues(member), 1)
}

function decodeFreely(bytes: Uint8Array): { value: unknown } | { fault: string } {
  try {
    return { value: new Decoder().decode(bytes) }
  } catch (error) {
    return { fault: String(error) }
  }
}

describe('the decoders of messages, signed documents and packets', () => {
  test('answer any bytes with a value or an error of ours, and leave the bytes alone', () => {
    fc.assert(fc.property(hostileBytes, expectNoSurprise), { numRuns: 2000 })
  })

  test('answer damaged golden bytes in the same way', () => {
    fc.assert(fc.property(mutated(goldenBytes), expectNoSurprise), { numRuns: 2000 })
  })

  test('read every golden message as itself, whatever else they refuse', () => {
    for (const { name, body } of Object.values(EXAMPLE_MESSAGES)) {
      const read = goldenBytes.map((bytes) => outcome((input) => decodeMessage(name, input), bytes))
      expect(read).toContainEqual(body)
    }
  })

  test('answer a damaged packet in the same way', () => {
    const packet = Uint8Array.of(...encodePacketHeader(EXAMPLE_PACKET_HEADER), 1, 2, 3, 4, 5)
    fc.assert(
      fc.property(mutated([packet]), (bytes) => {
        outcome(decodePacket, bytes)
      }),
    )
  })

  test('come to an end with frames of full size, made of one pattern over and over', () => {
    const pattern = fc.array(hostileByte, { minLength: 1, maxLength: 6 })
    const size = fc.constantFrom(LIMITS.strangerFrameBytes, LIMITS.controlFrameBytes)
    fc.assert(
      fc.property(pattern, size, fc.constantFrom(...goldenBytes), (bytes, length, start) => {
        const frame = Uint8Array.from({ length }, (_, at) => start[at] ?? (bytes[at % bytes.length] as number))
        outcome(decodeManifest, frame)
        outcome(decodeManifest, frame.subarray(start.length))
      }),
      { numRuns: 100 },
    )
  })
})

describe('the bounds of a map', () => {
  const anyBytes = fc.oneof(hostileBytes, mutated(goldenBytes))

  test('hold exactly what a decoder reads, but for extension types and depth', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        const fault = faultOfMapBytes(bytes)
        const decoded = decodeFreely(bytes)
        if (fault === undefined && 'fault' in decoded) expect(decoded.fault).toMatch(/key/)
        if (fault !== undefined && 'value' in decoded) expect(fault).toMatch(/form|nested/)
      }),
      { numRuns: 5000 },
    )
  })

  test('let no message become more values than it has bytes', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        if (faultOfMapBytes(bytes) !== undefined) return
        const decoded = decodeFreely(bytes)
        if ('value' in decoded) expect(countValues(decoded.value)).toBeLessThanOrEqual(bytes.length)
      }),
      { numRuns: 2000 },
    )
  })
})
