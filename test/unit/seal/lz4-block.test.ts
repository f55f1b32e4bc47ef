import { compressBlock, compressBound } from 'lz4js'
import { describe, expect, test } from 'vitest'
import { compressLz4Block, decodeLz4Block } from '../../../src/seal/lz4-block.ts'
import { noise, prose } from './sample-packets.ts'

const bytes = (...values: number[]) => Uint8Array.from(values)

describe('compressing a block', () => {
  test('gives lz4js’s block for a cleared table, whatever was compressed before', () => {
    const plain = prose(5000)
    const block = new Uint8Array(compressBound(plain.length))
    const length = compressBlock(plain, block, 0, plain.length, new Uint32Array(65536))
    compressLz4Block(prose(70_000))
    expect(compressLz4Block(plain)).toEqual(block.slice(0, length))
  })

  test('gives nothing for bytes that do not shrink', () => {
    for (const length of [0, 1, 12, 13, 5000]) expect(compressLz4Block(noise(length))).toBeUndefined()
  })

  test('and decoding give the bytes back', () => {
    for (const plain of [prose(300), prose(65_537), prose(1 << 20), new Uint8Array(1 << 20), new Uint8Array(64)]) {
      const block = compressLz4Block(plain) as Uint8Array
      expect(block.length).toBeLessThan(plain.length)
      expect(Buffer.compare(decodeLz4Block(block, plain.length) as Uint8Array, plain)).toBe(0)
    }
  })
})

describe('decoding a block', () => {
  test('copies literals and matches as the format says', () => {
    // "ab", a match of 7 that reaches into itself, then "xyz12".
    const block = bytes(0x23, 97, 98, 2, 0, 0x50, 120, 121, 122, 49, 50)
    expect(new TextDecoder().decode(decodeLz4Block(block, 14))).toBe('ababababaxyz12')
  })

  test('reads long lengths', () => {
    // 15 + 255 + 1 literals, then a match of 4 + 15 + 255 + 255 + 3, then one literal.
    const block = bytes(0xff, 255, 1, ...Array(271).fill(7), 1, 0, 255, 255, 3, 0x10, 8)
    expect(decodeLz4Block(block, 271 + 532 + 1)).toEqual(Uint8Array.from([...Array(803).fill(7), 8]))
  })

  test.each([
    ['no bytes', [], 0],
    ['no literals where some were said', [0x20, 97], 2],
    ['a literal length that never ends', [0xf0, 255, 255], 600],
    ['more literals than the output', [0x20, 97, 98], 1],
    ['fewer bytes than the output', [0x20, 97, 98], 3],
    ['half an offset', [0x10, 97, 1], 5],
    ['offset 0', [0x10, 97, 0, 0, 0x10, 98], 6],
    ['an offset before the start', [0x10, 97, 2, 0, 0x10, 98], 6],
    ['a match length that never ends', [0x1f, 97, 1, 0, 255], 274],
    ['a match beyond the output', [0x1f, 97, 1, 0, 200, 0x10, 98], 6],
    ['a match at the very end', [0x10, 97, 1, 0], 5],
    ['bytes behind the end', [0x10, 97, 0], 1],
  ])('refuses %s', (_, block, plainBytes) => {
    expect(decodeLz4Block(bytes(...block), plainBytes)).toBeUndefined()
  })

  test('allocates nothing for a length that no such block can have', () => {
    expect(decodeLz4Block(bytes(0x10, 97), 2 ** 40)).toBeUndefined()
  })
})
