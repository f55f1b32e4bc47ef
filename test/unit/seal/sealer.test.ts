import { webcrypto } from 'node:crypto'
import nacl from 'tweetnacl'
import { describe, expect, test } from 'vitest'
import { digestOf, hasDigest } from '../../../src/seal/digests.ts'
import {
  openPacket,
  type PlainPacket,
  type ReceivedPacket,
  type SealedPacket,
  sealPacket,
} from '../../../src/seal/sealer.ts'
import { BASE_TYPE, CIPHER, COMPRESSION, ORIENTED_TYPE, type SealingCipher } from '../../../src/wire/codes.ts'
import { readGolden } from './golden-file.ts'
import { counting, noise, prose } from './sample-packets.ts'

const KIB = 1024
const CIPHERS = [
  ['aes-256-gcm', CIPHER['aes-256-gcm'], 16],
  ['xsalsa20-poly1305', CIPHER['xsalsa20-poly1305'], 40],
] as const

const packetOf = (plain: Uint8Array, changes: Partial<PlainPacket> = {}): PlainPacket => ({
  key: counting(32),
  cipher: CIPHER['aes-256-gcm'],
  compression: COMPRESSION.none,
  transfer: 0x0102030405,
  index: 0x0a0b0c0d,
  baseType: BASE_TYPE.content,
  orientedType: ORIENTED_TYPE.file,
  plain,
  ...changes,
})

/** The packet as its target has it: identity from the header, the rest from the signed table. */
const received = (packet: PlainPacket, sealed: SealedPacket): ReceivedPacket => ({
  ...packet,
  compression: sealed.compression,
  plainBytes: sealed.plainBytes,
  sealedBytes: sealed.sealed.length,
  sealed: sealed.sealed,
})

const refusal = (code: string) => expect.objectContaining({ name: 'TreecastError', code })

describe.each(CIPHERS)('%s', (name, cipher, overheadBytes) => {
  test.each(Object.entries(COMPRESSION))('with %s gives every packet back', (_, compression) => {
    const packetBytes = 64 * KIB
    for (const plain of [prose(0), prose(1), prose(1000), prose(packetBytes), noise(packetBytes), noise(1)]) {
      const packet = packetOf(plain, { cipher, compression })
      const sealed = sealPacket(packet)
      expect(openPacket(received(packet, sealed))).toEqual(plain)
      expect(sealed.plainDigest).toEqual(digestOf(plain))
      expect(sealed.sealedDigest).toEqual(digestOf(sealed.sealed))
      expect(sealed.plainBytes).toBe(plain.length)
      expect(sealed.sealed.length).toBeLessThanOrEqual(plain.length + overheadBytes)
    }
  })

  test('seals the largest packet and none that is larger', () => {
    const largest = packetOf(new Uint8Array(1024 * KIB), { cipher })
    expect(openPacket(received(largest, sealPacket(largest)))).toHaveLength(1024 * KIB)
    expect(() => sealPacket(packetOf(new Uint8Array(1024 * KIB + 1), { cipher }))).toThrow(refusal('E_PACKET_LENGTH'))
  })

  test('says what was done when bytes do not shrink, and sealing again with that gives the same bytes', () => {
    const packet = packetOf(noise(1000), { cipher, compression: COMPRESSION.zstd })
    const sealed = sealPacket(packet)
    expect(sealed.compression).toBe(COMPRESSION.none)
    expect(sealPacket({ ...packet, compression: sealed.compression })).toEqual(sealed)
  })

  test.each(Object.entries(COMPRESSION))('with %s seals the same packet to the same bytes', (_, compression) => {
    const packet = packetOf(prose(5000), { cipher, compression })
    expect(sealPacket(packet)).toEqual(sealPacket(packet))
  })

  test('gives Uint8Arrays and no Buffers, whose slice() is a view', () => {
    const packet = packetOf(prose(5000), { cipher, compression: COMPRESSION.zstd })
    const sealed = sealPacket(packet)
    for (const bytes of [
      sealed.sealed,
      sealed.plainDigest,
      sealed.sealedDigest,
      openPacket(received(packet, sealed)),
    ]) {
      expect(Buffer.isBuffer(bytes)).toBe(false)
    }
  })

  describe('refuses a packet', () => {
    const packet = packetOf(prose(1000), { cipher, compression: COMPRESSION.zstd })
    const sealed = sealPacket(packet)
    const good = received(packet, sealed)
    const raw = packetOf(noise(1000), { cipher })
    const goodRaw = received(raw, sealPacket(raw))

    test.each<[string, Partial<ReceivedPacket>]>([
      ['of another key', { key: counting(32, 1) }],
      ['of another transfer', { transfer: good.transfer + 1 }],
      ['of a transfer that differs in its upper half', { transfer: good.transfer + 2 ** 32 }],
      ['of another index', { index: good.index + 1 }],
      ['of another base type', { baseType: BASE_TYPE.entryList }],
      ['of another oriented type', { orientedType: ORIENTED_TYPE.opaque }],
      ['of another compression', { compression: COMPRESSION.lz4 }],
      ['of another plain length', { plainBytes: good.plainBytes + 1 }],
    ])('%s', (_, change) => {
      expect(() => openPacket({ ...good, ...change })).toThrow(refusal('E_PACKET_SEAL'))
    })

    test('of the other cipher', () => {
      const other = CIPHERS.find(([, number]) => number !== cipher)?.[1] as SealingCipher
      expect(() => openPacket({ ...good, cipher: other })).toThrow(refusal('E_PACKET_SEAL'))
    })

    test('whose lengths cannot be', () => {
      const wrong = refusal('E_PACKET_LENGTH')
      expect(() => openPacket({ ...good, sealedBytes: good.sealedBytes + 1 })).toThrow(wrong)
      expect(() => openPacket({ ...good, sealed: good.sealed.subarray(1) })).toThrow(wrong)
      expect(() => openPacket({ ...good, compression: COMPRESSION.none })).toThrow(wrong)
      expect(() => openPacket({ ...goodRaw, compression: COMPRESSION.zstd })).toThrow(wrong)
      expect(() => openPacket({ ...goodRaw, plainBytes: 999 })).toThrow(wrong)
      expect(() => openPacket({ ...good, plainBytes: 2 ** 31 })).toThrow(wrong)
      expect(() => openPacket({ ...good, sealed: new Uint8Array(3), sealedBytes: 3 })).toThrow(wrong)
    })

    test('that was changed in any place', () => {
      for (let at = 0; at < good.sealed.length; at += 7) {
        const changed = Uint8Array.from(good.sealed)
        changed[at] = (changed[at] as number) ^ 0x80
        expect(() => openPacket({ ...good, sealed: changed })).toThrow(refusal('E_PACKET_SEAL'))
      }
    })
  })

  test('is pinned by golden bytes', () => {
    const packet = packetOf(counting(20, 0x40), { cipher })
    const golden = readGolden(`sealed-packet-${name}.hex`)
    expect(sealPacket(packet).sealed).toEqual(golden)
    expect(openPacket({ ...packet, plainBytes: 20, sealedBytes: golden.length, sealed: golden })).toEqual(packet.plain)
  })

  test('never uses one nonce for two packets: an index beyond 32 bits is refused', () => {
    for (const index of [2 ** 32, -1, 0.5]) {
      expect(() => sealPacket(packetOf(prose(10), { cipher, index }))).toThrow(refusal('E_PACKET_INDEX'))
    }
  })

  test('takes a key of 32 bytes only', () => {
    expect(() => sealPacket(packetOf(prose(10), { cipher, key: counting(16) }))).toThrow(refusal('E_PACKET_KEY'))
  })
})

describe('the bytes of a sealed packet', () => {
  const plain = prose(100)
  // transfer, index, base type, oriented type, compression, cipher, plain length, payload length
  const binding = (cipher: number) =>
    Uint8Array.from([0, 0, 0, 1, 2, 3, 4, 5, 10, 11, 12, 13, 1, 1, 0, cipher, 0, 0, 0, 100, 0, 0, 0, 100])

  test('with aes-256-gcm are what WebCrypto makes of the nonce and the additional data', async () => {
    const key = await webcrypto.subtle.importKey('raw', Uint8Array.from(counting(32)), 'AES-GCM', false, ['encrypt'])
    const iv = Uint8Array.of(1, 0, 0, 0, 0, 0, 0, 0, 10, 11, 12, 13)
    const sealed = await webcrypto.subtle.encrypt(
      { name: 'AES-GCM', iv, additionalData: binding(1) },
      key,
      Uint8Array.from(plain),
    )
    expect(sealPacket(packetOf(plain)).sealed).toEqual(new Uint8Array(sealed))
  })

  test('with xsalsa20-poly1305 are one secretbox around the binding and the payload', () => {
    const nonce = Uint8Array.from([1, ...Array(19).fill(0), 10, 11, 12, 13])
    const boxed = nacl.secretbox(Uint8Array.from([...binding(2), ...plain]), nonce, counting(32))
    expect(sealPacket(packetOf(plain, { cipher: CIPHER['xsalsa20-poly1305'] })).sealed).toEqual(boxed)
  })
})

test('the plain digest is the caller’s to check, with one call', () => {
  const packet = packetOf(prose(500))
  const sealed = sealPacket(packet)
  expect(hasDigest(openPacket(received(packet, sealed)), sealed.plainDigest)).toBe(true)
})

test('a cipher number that seals nothing is refused', () => {
  expect(() => sealPacket(packetOf(prose(10), { cipher: 0 as SealingCipher }))).toThrow(refusal('E_PACKET_CIPHER'))
})
