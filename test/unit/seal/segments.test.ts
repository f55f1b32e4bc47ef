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
    [5 * MIB, 16 * KIB],
    [8 * MIB, 32 * KIB],
    [24 * MIB, 128 * KIB],
    [64 * MIB, 128 * KIB],
    [200 * MIB, 128 * KIB],
    [512 * MIB, 256 * KIB],
    [2 * GIB, 1 * MIB],
    [5000 * GIB, 1 * MIB],
  ])('for %i bytes is %i', (contentBytes, packetBytes) => {
    expect(packetBytesFor({ contentBytes, targets: 39 })).toBe(packetBytes)
  })

  test('of a pipe is 256 KiB', () => expect(packetBytesFor({ targets: 39 })).toBe(256 * KIB))

  test('is a power of two that cuts a content of the middle range into 256 to 2048, or about that', () => {
    fc.assert(
      fc.property(fc.integer({ min: 8 * MIB, max: 2 * GIB }), (contentBytes) => {
        const packetBytes = packetBytesFor({ contentBytes, targets: 39 })
        expect(Math.log2(packetBytes) % 1).toBe(0)
        expect(contentBytes / packetBytes).toBeGreaterThan(180)
        expect(contentBytes / packetBytes).toBeLessThan(2900)
      }),
    )
  })

  test('is smaller for more terminals: a packet that passes all levels of their tree takes a fifteenth of the time at most', () => {
    expect(packetBytesFor({ contentBytes: 24 * MIB, targets: 10_000 })).toBe(64 * KIB)
    const size = fc.record({
      contentBytes: fc.integer({ min: 32 * MIB, max: 2 * GIB }),
      targets: fc.integer({ min: 1, max: 100_000 }),
    })
    fc.assert(
      fc.property(size, ({ contentBytes, targets }) => {
        const passedOnBytes = 2 * Math.log2(targets + 1) * packetBytesFor({ contentBytes, targets })
        // Rounding to a power of two makes a packet longer by a factor of 1.42 at most.
        expect(passedOnBytes / contentBytes).toBeLessThan(1.42 / 15)
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
  expect(packetBytesFor({ contentBytes: 2 ** 40, targets: 1, bytesPerSecond: 2 ** 25 })).toBe(2 ** 20)
  expect(packetBytesFor({ contentBytes: 2 ** 40, targets: 1, bytesPerSecond: 20 * 2 ** 20 })).toBe(2 ** 19)
  expect(packetBytesFor({ contentBytes: 2 ** 40, targets: 1, bytesPerSecond: 2 ** 20 })).toBe(2 ** 15)
  expect(packetBytesFor({ contentBytes: 2 ** 40, targets: 1, bytesPerSecond: 16 * 1024 })).toBe(MIN_PACKET_BYTES)
  expect(packetBytesFor({ contentBytes: 1000, targets: 1, bytesPerSecond: 2 ** 40 })).toBe(MIN_PACKET_BYTES)
})

test('a content that is cut by its bytes has twice as many packets, and room above most of them', () => {
  expect(packetBytesFor({ contentBytes: 24 * MIB, targets: 39, cut: 'content' })).toBe(32 * KIB)
  expect(packetBytesFor({ contentBytes: 256 * MIB, targets: 39, cut: 'content' })).toBe(64 * KIB)
  expect(packetBytesFor({ contentBytes: 2 ** 40, targets: 39, cut: 'content' })).toBe(512 * KIB)
  expect(packetBytesFor({ contentBytes: 1000, targets: 39, cut: 'content' })).toBe(MIN_PACKET_BYTES)
})
