import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MAX_SEGMENT_PACKETS } from '../../../src/seal/packet-table.ts'
import { MIN_PACKET_BYTES, packetBytesFor, segmentBytes } from '../../../src/seal/segments.ts'

const KIB = 1024
const MIB = 1024 * KIB
const GIB = 1024 * MIB

describe('the size of packets', () => {
  test.each([
    [0, 16 * KIB],
    [1, 16 * KIB],
    [24 * MIB, 16 * KIB],
    [64 * MIB, 32 * KIB],
    [512 * MIB, 256 * KIB],
    [2 * GIB, 1 * MIB],
    [5000 * GIB, 1 * MIB],
  ])('for %i bytes is %i', (contentBytes, packetBytes) => {
    expect(packetBytesFor(contentBytes)).toBe(packetBytes)
  })

  test('of a pipe is 256 KiB', () => expect(packetBytesFor(undefined)).toBe(256 * KIB))

  test('is a power of two that cuts a content of the middle range into about 2048', () => {
    fc.assert(
      fc.property(fc.integer({ min: 32 * MIB, max: 2 * GIB }), (contentBytes) => {
        const packetBytes = packetBytesFor(contentBytes)
        expect(Math.log2(packetBytes) % 1).toBe(0)
        expect(contentBytes / packetBytes).toBeGreaterThan(1400)
        expect(contentBytes / packetBytes).toBeLessThan(2900)
      }),
    )
  })
})

describe('the size of segments', () => {
  test('starts small and settles at 16 MiB', () => {
    expect([0, 1, 2, 3, 4, 5, 40, 1e6].map((segment) => segmentBytes(segment) / MIB)).toEqual([
      1, 2, 4, 8, 16, 16, 16, 16,
    ])
  })

  test('never needs more packets than a table may have', () => {
    expect(segmentBytes(100) / MIN_PACKET_BYTES).toBeLessThanOrEqual(MAX_SEGMENT_PACKETS)
  })
})

test('packets of senders that are limited are so small that many go out in a second', () => {
  expect(packetBytesFor(2 ** 40, 2 ** 25)).toBe(2 ** 20)
  expect(packetBytesFor(2 ** 40, 20 * 2 ** 20)).toBe(2 ** 19)
  expect(packetBytesFor(2 ** 40, 2 ** 20)).toBe(2 ** 15)
  expect(packetBytesFor(2 ** 40, 16 * 1024)).toBe(MIN_PACKET_BYTES)
  expect(packetBytesFor(1000, 2 ** 40)).toBe(MIN_PACKET_BYTES)
})

test('a content that is cut by its bytes has twice as many packets, and room above most of them', () => {
  expect(packetBytesFor(256 * 2 ** 20, undefined, 'content')).toBe(64 * KIB)
  expect(packetBytesFor(2 ** 40, undefined, 'content')).toBe(512 * KIB)
  expect(packetBytesFor(1000, undefined, 'content')).toBe(MIN_PACKET_BYTES)
})
