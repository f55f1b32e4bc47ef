import { describe, expect, test } from 'vitest'
import { ContentDigest } from '../../../src/seal/content-digest.ts'
import { digestOf, hasDigest } from '../../../src/seal/digests.ts'

const hex = (bytes: Uint8Array) => Buffer.from(bytes).toString('hex')
const ascii = (text: string) => new TextEncoder().encode(text)

describe('the digest of bytes', () => {
  test('is SHA-256 (FIPS 180-4)', () => {
    expect(hex(digestOf(ascii('abc')))).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad')
  })

  test('is a plain Uint8Array', () => expect(Buffer.isBuffer(digestOf(ascii('abc')))).toBe(false))

  test('fits these bytes and no others', () => {
    expect(hasDigest(ascii('abc'), digestOf(ascii('abc')))).toBe(true)
    expect(hasDigest(ascii('abd'), digestOf(ascii('abc')))).toBe(false)
    expect(hasDigest(ascii('abc'), digestOf(ascii('abc')).subarray(1))).toBe(false)
  })
})

describe('the digest of a content', () => {
  const packet = (text: string) => ({ plainBytes: text.length, plainDigest: digestOf(ascii(text)) })
  const digestOfPackets = (...texts: string[]) => {
    const content = new ContentDigest()
    for (const text of texts) content.add(packet(text))
    return hex(content.digest())
  }

  test('is SHA-256 over the length and the digest of all digests', () => {
    const inner = digestOf(Buffer.concat([digestOf(ascii('one')), digestOf(ascii('three'))]))
    const length = Uint8Array.of(0, 0, 0, 0, 0, 0, 0, 8)
    expect(digestOfPackets('one', 'three')).toBe(hex(digestOf(Buffer.concat([length, inner]))))
  })

  test('depends on the order and the number of packets', () => {
    const digests = [digestOfPackets(), digestOfPackets('a', 'b'), digestOfPackets('b', 'a'), digestOfPackets('a')]
    expect(new Set(digests).size).toBe(4)
  })

  test('can be asked for while it grows', () => {
    const content = new ContentDigest()
    content.add(packet('a'))
    expect(hex(content.digest())).toBe(digestOfPackets('a'))
    content.add(packet('b'))
    expect(hex(content.digest())).toBe(digestOfPackets('a', 'b'))
    expect(content.contentBytes).toBe(2)
  })
})
