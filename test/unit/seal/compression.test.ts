import { constants, zstdCompressSync } from 'node:zlib'
import { describe, expect, test } from 'vitest'
import { compress, decompress } from '../../../src/seal/compression.ts'
import { isZstdFrameOf } from '../../../src/seal/zstd-frame.ts'
import { COMPRESSION, type Compression } from '../../../src/wire/codes.ts'
import { noise, prose } from './sample-packets.ts'

const KIB = 1024
const refusal = expect.objectContaining({ code: 'E_PACKET_COMPRESSION' })

describe.each(Object.entries(COMPRESSION))('%s', (_, compression) => {
  test.each([0, 1, 255, 256, 300, 16 * KIB, 65_791, 65_792, 512 * KIB, 1024 * KIB])('gives %i bytes back', (length) => {
    for (const plain of [prose(length), noise(length), new Uint8Array(length)]) {
      const packed = compress(compression, plain)
      expect(packed.bytes.length).toBeLessThanOrEqual(plain.length)
      expect(Buffer.compare(decompress(packed.compression, packed.bytes, length), plain)).toBe(0)
    }
  })

  test('sends bytes that do not shrink as they are', () => {
    const plain = noise(64 * KIB)
    expect(compress(compression, plain)).toEqual({ compression: COMPRESSION.none, bytes: plain })
  })

  test('gives the same output for the same bytes, whatever came between', () => {
    const first = compress(compression, prose(64 * KIB))
    compress(compression, noise(64 * KIB))
    compress(compression, prose(1000))
    expect(compress(compression, prose(64 * KIB))).toEqual(first)
  })

  test('refuses a length that the bytes do not give', () => {
    const { compression: done, bytes } = compress(compression, prose(64 * KIB))
    for (const wrong of [0, 1, 64 * KIB - 1, 64 * KIB + 1]) {
      expect(() => decompress(done, bytes, wrong)).toThrow(refusal)
    }
  })
})

test.each([COMPRESSION.zstd, COMPRESSION.lz4])('compression %i shrinks what repeats', (compression) => {
  const packed = compress(compression, prose(64 * KIB))
  expect(packed.compression).toBe(compression)
  expect(packed.bytes.length).toBeLessThan(32 * KIB)
})

test('a number that stands for no compression is refused both ways', () => {
  expect(() => compress(9 as Compression, prose(10))).toThrow(refusal)
  expect(() => decompress(9 as Compression, prose(10), 10)).toThrow(refusal)
})

describe('a zstd frame is refused', () => {
  const plain = new Uint8Array(1024 * KIB)
  const frame = new Uint8Array(zstdCompressSync(plain))

  test('when it says another length than the table', () => {
    expect(isZstdFrameOf(frame, plain.length)).toBe(true)
    expect(isZstdFrameOf(frame, plain.length - 1)).toBe(false)
  })

  test('when it holds more than it says', () => {
    const lying = Uint8Array.from(frame)
    const sizeAt = lying[4] === undefined || (lying[4] & 0x20) === 0 ? 6 : 5
    new DataView(lying.buffer).setUint32(sizeAt, 512 * KIB, true)
    expect(isZstdFrameOf(lying, 512 * KIB)).toBe(true)
    expect(() => decompress(COMPRESSION.zstd, lying, 512 * KIB)).toThrow(refusal)
  })

  test('when it does not say how long it is', () => {
    const unknown = new Uint8Array(zstdCompressSync(plain, { params: { [constants.ZSTD_c_contentSizeFlag]: 0 } }))
    expect(() => decompress(COMPRESSION.zstd, unknown, plain.length)).toThrow(refusal)
  })

  test('when a second one follows it', () => {
    expect(() => decompress(COMPRESSION.zstd, Uint8Array.from([...frame, ...frame]), plain.length)).toThrow(refusal)
  })

  test('when many follow it, without the memory that they would take', () => {
    const bomb = Uint8Array.from(Array.from({ length: 512 }, () => [...frame]).flat())
    const peakBefore = process.resourceUsage().maxRSS
    expect(() => decompress(COMPRESSION.zstd, bomb, plain.length)).toThrow(refusal)
    expect(process.resourceUsage().maxRSS - peakBefore).toBeLessThan(256 * KIB)
  })

  test('when an empty one with a window of 128 MiB follows it', () => {
    const small = new Uint8Array(zstdCompressSync(prose(1000)))
    const follower = [0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 1, 0, 0]
    expect(decompress(COMPRESSION.zstd, small, 1000)).toEqual(prose(1000))
    expect(() => decompress(COMPRESSION.zstd, Uint8Array.from([...small, ...follower]), 1000)).toThrow(refusal)
  })

  test('when it wants a larger window than its content', () => {
    // Descriptor: content size of four bytes, a window of its own of 2^27 bytes.
    const head = Uint8Array.of(0x28, 0xb5, 0x2f, 0xfd, 0x80, 17 << 3, 0, 0, 16, 0)
    expect(isZstdFrameOf(head, plain.length)).toBe(false)
    expect(isZstdFrameOf(head.with(5, 10 << 3), plain.length)).toBe(true)
  })

  test('when it needs a dictionary or sets a reserved bit', () => {
    for (const bit of [0x01, 0x02, 0x08]) {
      expect(isZstdFrameOf(frame.with(4, (frame[4] as number) | bit), plain.length)).toBe(false)
    }
  })

  test('when it is cut off or is none', () => {
    for (const length of [0, 4, 5, 6, 9, frame.length - 1]) {
      expect(() => decompress(COMPRESSION.zstd, frame.subarray(0, length), plain.length)).toThrow(refusal)
    }
    expect(() => decompress(COMPRESSION.zstd, noise(100), 1000)).toThrow(refusal)
  })
})
