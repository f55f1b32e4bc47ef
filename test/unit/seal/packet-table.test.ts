import { createHash } from 'node:crypto'
import { describe, expect, test } from 'vitest'
import type { PacketFacts, PacketTable } from '../../../src/seal/packet-table.ts'
import { decodePacketTable, encodePacketTable, MAX_PACKET_TABLE_BYTES } from '../../../src/seal/packet-table-codec.ts'
import { BASE_TYPE, type BaseType, COMPRESSION, type Compression } from '../../../src/wire/codes.ts'
import { readGolden } from './golden-file.ts'
import { counting } from './sample-packets.ts'

/** Stands in for Ed25519: 64 bytes that only these bytes have. */
const sign = (bytes: Uint8Array) => Uint8Array.from(createHash('sha512').update(bytes).digest())
const verify = (bytes: Uint8Array, signature: Uint8Array) => Buffer.compare(sign(bytes), signature) === 0

const packet = (changes: Partial<PacketFacts> = {}): PacketFacts => ({
  plainBytes: 0x4000,
  sealedBytes: 0x1234,
  compression: COMPRESSION.zstd,
  plainDigest: counting(32, 0x40),
  sealedDigest: counting(32, 0x80),
  ...changes,
})

const first: PacketTable = {
  baseType: BASE_TYPE.content,
  transfer: 0x0102030405,
  segment: 0,
  firstPacket: 0,
  bytesBefore: 0,
  packets: [packet(), packet({ compression: COMPRESSION.none, sealedBytes: 0x4010 })],
  last: undefined,
}

const last: PacketTable = {
  ...first,
  segment: 1,
  firstPacket: 2,
  bytesBefore: 0x8000,
  packets: [packet({ plainBytes: 5, sealedBytes: 21, compression: COMPRESSION.none })],
  last: { contentBytes: 0x8005, contentDigest: counting(32, 0xc0) },
}

const empty: PacketTable = {
  ...first,
  packets: [],
  last: { contentBytes: 0, contentDigest: counting(32) },
}

/** The bytes of a table after `change`, signed as if they were meant. */
function resigned(table: PacketTable, change: (view: DataView) => void): Uint8Array {
  const bytes = encodePacketTable(table, sign)
  change(new DataView(bytes.buffer))
  bytes.set(sign(bytes.subarray(0, -64)), bytes.length - 64)
  return bytes
}

const decode = (bytes: Uint8Array) => decodePacketTable(bytes, verify)
const refusal = (code: string, message = '') =>
  expect.objectContaining({ name: 'TreecastError', code, message: expect.stringContaining(message) })

describe('a packet table', () => {
  test.each([
    ['of the first segment', first],
    ['of the last segment', last],
    ['of an empty content', empty],
    [
      'that ends a pipe between two segments',
      { ...last, packets: [], last: { ...empty.last, contentBytes: 0x8000 } } as PacketTable,
    ],
    ['of an entry list', { ...first, baseType: BASE_TYPE.entryList }],
  ])('%s is read as it was written', (_, table) => {
    expect(decode(encodePacketTable(table, sign))).toEqual(table)
  })

  test('is pinned by golden bytes', () => {
    const golden = readGolden('packet-table.hex')
    expect(encodePacketTable(last, sign)).toEqual(golden)
    expect(decode(golden)).toEqual(last)
  })

  test('is read from the middle of a larger buffer', () => {
    const bytes = encodePacketTable(last, sign)
    const around = new Uint8Array(bytes.length + 20)
    around.set(bytes, 7)
    expect(decode(around.subarray(7, 7 + bytes.length))).toEqual(last)
  })

  test('of the most packets is read, and its bytes are the longest', () => {
    const packets = Array.from({ length: 65_536 }, () => packet({ plainBytes: 1, sealedBytes: 17 }))
    const bytes = encodePacketTable({ ...empty, packets, last: { ...empty.last, contentBytes: 65_536 } as never }, sign)
    expect(bytes.length).toBe(MAX_PACKET_TABLE_BYTES)
    expect(decode(bytes).packets).toHaveLength(65_536)
  })
})

describe('reading refuses', () => {
  const bytes = encodePacketTable(last, sign)

  test('every other length', () => {
    for (let length = 0; length < bytes.length; length++) {
      expect(() => decode(bytes.subarray(0, length))).toThrow(refusal('E_PACKET_TABLE_LENGTH'))
    }
    expect(() => decode(Uint8Array.from([...bytes, 0]))).toThrow(refusal('E_PACKET_TABLE_LENGTH'))
    expect(() => decode(new Uint8Array(MAX_PACKET_TABLE_BYTES + 1))).toThrow(refusal('E_PACKET_TABLE_LENGTH'))
  })

  test('every changed byte', () => {
    for (let at = 0; at < bytes.length; at++) {
      expect(() => decode(bytes.with(at, (bytes[at] as number) ^ 1))).toThrow(
        refusal('E_PACKET_TABLE'.concat(codeEnd(at))),
      )
    }
  })

  test('another magic or version before it looks at anything else', () => {
    expect(() => decode(resigned(last, (view) => view.setUint8(0, 0)))).toThrow(refusal('E_PACKET_TABLE_VERSION'))
    expect(() => decode(resigned(last, (view) => view.setUint8(4, 2)))).toThrow(refusal('E_PACKET_TABLE_VERSION'))
  })

  test('what is not signed, before it believes a field', () => {
    const bad = resigned(last, (view) => view.setUint8(7, 1))
    expect(() => decodePacketTable(bad, () => false)).toThrow(refusal('E_PACKET_TABLE_SIGNATURE'))
  })

  test.each<[string, (view: DataView) => void, string]>([
    ['an unknown flag', (view) => view.setUint8(5, 3), 'reserved'],
    ['an unknown base type', (view) => view.setUint8(6, 4), 'base type 4'],
    ['a reserved byte of the head', (view) => view.setUint8(7, 1), 'reserved'],
    ['a transfer that is no number', (view) => view.setBigUint64(8, 2n ** 53n), 'transfer'],
    ['packets beyond the last index', (view) => view.setUint32(20, 0xffffffff), ''],
    ['a content that ends elsewhere', (view) => view.setBigUint64(28, 0x8001n), 'the content ends at'],
    ['bytes before that are no number', (view) => view.setBigUint64(28, 2n ** 63n), 'bytes before'],
    ['a packet of no bytes', (view) => view.setUint32(36, 0), 'plain length of 0'],
    ['a packet that is too large', (view) => view.setUint32(36, (1 << 20) + 1), 'plain length'],
    ['a packet sealed to nothing', (view) => view.setUint32(40, 0), 'sealed length of 0'],
    ['a packet that grew by more than a seal', (view) => view.setUint32(40, 5 + 41), 'sealed length of 46'],
    ['an unknown compression', (view) => view.setUint8(44, 3), 'compression 3'],
    ['a reserved byte of a packet', (view) => view.setUint8(47, 1), 'reserved'],
    ['another content length', (view) => view.setBigUint64(112, 0x8006n), 'the content ends at'],
  ])('%s, however well signed', (_, change, message) => {
    const table =
      message === ''
        ? { ...last, packets: [...last.packets, packet()], last: { ...last.last, contentBytes: 0xc005 } }
        : last
    expect(() => decode(resigned(table as PacketTable, change))).toThrow(refusal('E_PACKET_TABLE', message))
  })

  test('a segment without packets that is not the last', () => {
    const head = encodePacketTable(empty, sign).slice(0, 36)
    head[5] = 0
    expect(() => decode(Uint8Array.from([...head, ...sign(head)]))).toThrow(
      refusal('E_PACKET_TABLE', 'without packets'),
    )
  })

  test('a count beyond the limit, whatever the length', () => {
    expect(() => decode(resigned(last, (view) => view.setUint32(24, 0xffffffff)))).toThrow(
      refusal('E_PACKET_TABLE_LENGTH'),
    )
  })
})

describe('writing refuses what reading would refuse', () => {
  test.each<[string, Partial<PacketTable>]>([
    ['no packets', { packets: [] }],
    ['too many packets', { packets: Array.from({ length: 65_537 }, () => packet()) }],
    ['a short digest', { packets: [packet({ plainDigest: counting(31) })] }],
    ['an unknown compression', { packets: [packet({ compression: 7 as Compression })] }],
    ['an unknown base type', { baseType: 0 as BaseType }],
    ['a negative segment', { segment: -1 }],
    ['half a packet index', { firstPacket: 0.5 }],
    ['half a byte', { bytesBefore: 0.5 }],
    ['a content length that does not add up', { last: { contentBytes: 1, contentDigest: counting(32) } }],
    ['a short content digest', { last: { contentBytes: 0x8000, contentDigest: counting(5) } }],
  ])('%s', (_, change) => {
    expect(() => encodePacketTable({ ...first, ...change }, sign)).toThrow(refusal('E_PACKET_TABLE'))
  })

  test('a signature of another length', () => {
    expect(() => encodePacketTable(first, () => new Uint8Array(63))).toThrow(refusal('E_PACKET_TABLE'))
  })
})

/** Which refusal a changed byte at this place of an otherwise good table must meet. */
function codeEnd(at: number): string {
  if (at < 5) return '_VERSION'
  // The last flag and the count decide how long the table is.
  if (at === 5 || (at >= 24 && at < 28)) return '_LENGTH'
  return '_SIGNATURE'
}
