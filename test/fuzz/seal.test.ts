/**
 * Damaged and hostile bytes against everything in src/seal that reads: each either gives what was sealed or is refused as expected, and
 * allocates no more than the signed lengths allow. A failure prints its seed and path; run it again with fc.assert's `seed` and `path`.
 */

import { zstdCompressSync } from 'node:zlib'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { decompress } from '../../src/seal/compression.ts'
import { compressLz4Block, decodeLz4Block } from '../../src/seal/lz4-block.ts'
import { decodePacketTable, encodePacketTable } from '../../src/seal/packet-table-codec.ts'
import { openPacket, sealPacket } from '../../src/seal/sealer.ts'
import { isZstdFrameOf } from '../../src/seal/zstd-frame.ts'
import { TreecastError } from '../../src/system/errors.ts'
import { BASE_TYPE, CIPHER, COMPRESSION, ORIENTED_TYPE } from '../../src/wire/codes.ts'

const MAX_BYTES = 4096

const anyBytes = fc.uint8Array({ maxLength: MAX_BYTES })
/** Bytes in which something repeats. */
const repetitive = fc
  .tuple(fc.uint8Array({ minLength: 1, maxLength: 20 }), fc.integer({ min: 20, max: 200 }), anyBytes)
  .map(([unit, times, rest]) => {
    const plain = new Uint8Array(unit.length * times + rest.length)
    for (let k = 0; k < times; k++) plain.set(unit, k * unit.length)
    plain.set(rest, unit.length * times)
    return plain
  })
const plainBytes = fc.oneof(anyBytes, repetitive)

type Damage = (bytes: Uint8Array) => Uint8Array
const fraction = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true })
const damage: fc.Arbitrary<Damage> = fc.oneof(
  fc.tuple(fraction, fc.integer({ min: 1, max: 255 })).map(
    ([where, mask]): Damage =>
      (bytes) => {
        const at = Math.floor(where * bytes.length)
        return bytes.length === 0 ? bytes : bytes.with(at, (bytes[at] as number) ^ mask)
      },
  ),
  fraction.map(
    (where): Damage =>
      (bytes) =>
        bytes.slice(0, Math.floor(where * bytes.length)),
  ),
  fc.uint8Array({ minLength: 1, maxLength: 40 }).map(
    (more): Damage =>
      (bytes) =>
        Uint8Array.from([...bytes, ...more]),
  ),
)
const damages = fc.array(damage, { minLength: 1, maxLength: 4 })
const applied = (bytes: Uint8Array, all: readonly Damage[]) => all.reduce((done, one) => one(done), bytes)

/** What `read` gives; undefined for a refusal. Anything thrown but a TreecastError fails the test. */
function readOrRefusal<T>(read: () => T): T | undefined {
  try {
    return read()
  } catch (error) {
    if (error instanceof TreecastError) return undefined
    throw error
  }
}

describe('lz4 blocks', () => {
  test('give back what was compressed', () => {
    fc.assert(
      fc.property(plainBytes, (plain) => {
        const block = compressLz4Block(plain)
        if (block !== undefined) expect(decodeLz4Block(block, plain.length)).toEqual(plain)
      }),
    )
  })

  test('that are damaged give exactly the length asked for, or nothing', () => {
    fc.assert(
      fc.property(repetitive, damages, fc.nat(2 * MAX_BYTES), (plain, all, length) => {
        const block = applied(compressLz4Block(plain) ?? plain, all)
        for (const wanted of [plain.length, length]) {
          const decoded = decodeLz4Block(block, wanted)
          if (decoded !== undefined) expect(decoded).toHaveLength(wanted)
        }
      }),
      { numRuns: 2000 },
    )
  })

  test('of random bytes give exactly the length asked for, or nothing', () => {
    fc.assert(
      fc.property(anyBytes, fc.nat(2 ** 31), (block, length) => {
        const decoded = decodeLz4Block(block, length)
        if (decoded === undefined) return
        expect(decoded).toHaveLength(length)
        expect(length).toBeLessThanOrEqual(block.length * 255)
      }),
      { numRuns: 2000 },
    )
  })
})

describe('zstd frames', () => {
  test('that are damaged give exactly the length asked for, or are refused', () => {
    fc.assert(
      fc.property(repetitive, damages, fc.nat(2 * MAX_BYTES), (plain, all, length) => {
        const frame = applied(new Uint8Array(zstdCompressSync(plain)), all)
        for (const wanted of [plain.length, length]) {
          const decoded = readOrRefusal(() => decompress(COMPRESSION.zstd, frame, wanted))
          if (decoded !== undefined) expect(decoded).toHaveLength(wanted)
        }
      }),
      { numRuns: 500 },
    )
  })

  test('of the runtime’s making always pass the look at their head', () => {
    fc.assert(
      fc.property(plainBytes, (plain) => {
        expect(isZstdFrameOf(new Uint8Array(zstdCompressSync(plain)), plain.length)).toBe(true)
      }),
    )
  })
})

describe.each([CIPHER['aes-256-gcm'], CIPHER['xsalsa20-poly1305']])('packets sealed with cipher %i', (cipher) => {
  const compression = fc.constantFrom(COMPRESSION.none, COMPRESSION.zstd, COMPRESSION.lz4)
  const identity = {
    key: Uint8Array.from({ length: 32 }, (_, k) => 3 * k),
    cipher,
    transfer: 7,
    index: 9,
    baseType: BASE_TYPE.content,
    orientedType: ORIENTED_TYPE.file,
  }

  test('open to what was sealed; damaged, they are refused', () => {
    fc.assert(
      fc.property(plainBytes, compression, damages, (plain, wanted, all) => {
        const packet = sealPacket({ ...identity, compression: wanted, plain })
        const signed = { ...identity, ...packet, sealedBytes: packet.sealed.length }
        expect(openPacket(signed)).toEqual(plain)
        const sealed = applied(packet.sealed, all)
        if (Buffer.compare(sealed, packet.sealed) === 0) return
        expect(readOrRefusal(() => openPacket({ ...signed, sealed }))).toBeUndefined()
        expect(readOrRefusal(() => openPacket({ ...signed, sealed, sealedBytes: sealed.length }))).toBeUndefined()
      }),
      { numRuns: 200 },
    )
  })
})

describe('packet tables', () => {
  const facts = fc.record({
    plainBytes: fc.integer({ min: 1, max: 1 << 20 }),
    sealedBytes: fc.constant(1),
    compression: fc.constantFrom(COMPRESSION.none, COMPRESSION.zstd, COMPRESSION.lz4),
    plainDigest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
    sealedDigest: fc.uint8Array({ minLength: 32, maxLength: 32 }),
  })
  const sign = () => new Uint8Array(64)

  test('are read as written; damaged, they give a table that can be written again, or a refusal', () => {
    fc.assert(
      fc.property(fc.array(facts, { minLength: 1, maxLength: 5 }), fc.nat(), damages, (packets, transfer, all) => {
        const table = { baseType: BASE_TYPE.content, transfer, segment: 3, firstPacket: 4, bytesBefore: 5, packets }
        const bytes = encodePacketTable(table, sign)
        expect(decodePacketTable(bytes, () => true)).toEqual({ ...table, last: undefined })
        // A verifier that believes everything: what is left to protect the reader are its own checks.
        const damaged = applied(bytes, all)
        const read = readOrRefusal(() => decodePacketTable(damaged, () => true))
        if (read !== undefined) expect(encodePacketTable(read, () => damaged.slice(-64))).toEqual(damaged)
      }),
      { numRuns: 1000 },
    )
  })

  test('of random bytes are refused', () => {
    fc.assert(
      fc.property(anyBytes, (bytes) => {
        expect(readOrRefusal(() => decodePacketTable(bytes, () => true))).toBeUndefined()
      }),
    )
  })
})
