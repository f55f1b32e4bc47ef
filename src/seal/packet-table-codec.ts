/**
 * The bytes of a packet table (treecast-protocol(7), PACKET TABLE), big endian:
 *
 *   0      4 5 6 7 8          16        20             24      28             36
 *   | TCPT |V|F|B|0| transfer | segment | first packet | count | bytes before |
 *
 *   count × 76:   0       4        8 9   12            44             76
 *                 | plain | sealed |C| 0 | plain digest | sealed digest |
 *
 *   last segment only:   | content bytes, u64 | content digest, 32 |
 *   always:              | Ed25519 signature over all before it, 64 |
 *
 * V version, F flags (bit 0: last segment), B base type, C compression. Read in this order: lengths, signature, fields, meaning: nothing is
 * believed or allocated before the signature holds, and the number of packets bounds the length before that.
 */

import { TreecastError } from '../system/errors.ts'
import type { BaseType, Compression } from '../wire/codes.ts'
import { DIGEST_BYTES } from './digests.ts'
import { faultOfPacketTable, MAX_SEGMENT_PACKETS, type PacketFacts, type PacketTable } from './packet-table.ts'

const MAGIC = 0x54435054
const VERSION = 1
const FLAG_LAST = 1
const HEAD_BYTES = 36
const PACKET_BYTES = 76
const LAST_BYTES = 8 + DIGEST_BYTES
const SIGNATURE_BYTES = 64

/** No table is longer. */
export const MAX_PACKET_TABLE_BYTES = HEAD_BYTES + MAX_SEGMENT_PACKETS * PACKET_BYTES + LAST_BYTES + SIGNATURE_BYTES

/** An Ed25519 signature (64 bytes) over exactly these bytes. */
export type SignBytes = (bytes: Uint8Array) => Uint8Array
export type VerifyBytes = (bytes: Uint8Array, signature: Uint8Array) => boolean

/**
 * The signed bytes of a table.
 * @throws E_PACKET_TABLE when a reader would refuse it
 */
export function encodePacketTable(table: PacketTable, sign: SignBytes): Uint8Array {
  const fault = faultOfPacketTable(table)
  if (fault !== undefined) throw refused('E_PACKET_TABLE', fault)
  const lastBytes = table.last === undefined ? 0 : LAST_BYTES
  const signedBytes = HEAD_BYTES + table.packets.length * PACKET_BYTES + lastBytes
  const bytes = new Uint8Array(signedBytes + SIGNATURE_BYTES)
  const view = new DataView(bytes.buffer)
  writeHead(view, table)
  let at = HEAD_BYTES
  for (const packet of table.packets) {
    writePacket({ bytes, view }, at, packet)
    at += PACKET_BYTES
  }
  if (table.last !== undefined) {
    view.setBigUint64(at, BigInt(table.last.contentBytes))
    bytes.set(table.last.contentDigest, at + 8)
  }
  const signature = sign(bytes.subarray(0, signedBytes))
  if (signature.length !== SIGNATURE_BYTES) throw refused('E_PACKET_TABLE', `the signer gave ${signature.length} bytes`)
  bytes.set(signature, signedBytes)
  return bytes
}

/**
 * Reads a table. Its digests are views into `bytes`, which must not change afterwards.
 * @throws E_PACKET_TABLE_LENGTH, E_PACKET_TABLE_VERSION (magic or version), E_PACKET_TABLE_SIGNATURE, E_PACKET_TABLE (what it says)
 */
export function decodePacketTable(bytes: Uint8Array, verify: VerifyBytes): PacketTable {
  if (bytes.length < HEAD_BYTES + SIGNATURE_BYTES || bytes.length > MAX_PACKET_TABLE_BYTES) {
    throw refused('E_PACKET_TABLE_LENGTH', `${bytes.length} bytes cannot be a table`)
  }
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  if (view.getUint32(0) !== MAGIC || view.getUint8(4) !== VERSION) {
    throw refused('E_PACKET_TABLE_VERSION', `it is not of version ${VERSION}`)
  }
  const isLast = (view.getUint8(5) & FLAG_LAST) !== 0
  const count = view.getUint32(24)
  const signedBytes = HEAD_BYTES + count * PACKET_BYTES + (isLast ? LAST_BYTES : 0)
  if (bytes.length !== signedBytes + SIGNATURE_BYTES) {
    throw refused('E_PACKET_TABLE_LENGTH', `${count} packets do not fit ${bytes.length} bytes`)
  }
  if (!verify(bytes.subarray(0, signedBytes), bytes.subarray(signedBytes))) {
    throw refused('E_PACKET_TABLE_SIGNATURE', 'its signature is not the first server’s')
  }
  const table = readFields(bytes, view, { count, isLast })
  const fault = faultOfPacketTable(table)
  if (fault !== undefined) throw refused('E_PACKET_TABLE', fault)
  return table
}

function writeHead(view: DataView, table: PacketTable): void {
  view.setUint32(0, MAGIC)
  view.setUint8(4, VERSION)
  view.setUint8(5, table.last === undefined ? 0 : FLAG_LAST)
  view.setUint8(6, table.baseType)
  view.setBigUint64(8, BigInt(table.transfer))
  view.setUint32(16, table.segment)
  view.setUint32(20, table.firstPacket)
  view.setUint32(24, table.packets.length)
  view.setBigUint64(28, BigInt(table.bytesBefore))
}

function writePacket({ bytes, view }: { bytes: Uint8Array; view: DataView }, at: number, packet: PacketFacts): void {
  view.setUint32(at, packet.plainBytes)
  view.setUint32(at + 4, packet.sealedBytes)
  view.setUint8(at + 8, packet.compression)
  bytes.set(packet.plainDigest, at + 12)
  bytes.set(packet.sealedDigest, at + 12 + DIGEST_BYTES)
}

function readFields(bytes: Uint8Array, view: DataView, head: { count: number; isLast: boolean }): PacketTable {
  if ((view.getUint8(5) & ~FLAG_LAST) !== 0 || view.getUint8(7) !== 0) {
    throw refused('E_PACKET_TABLE', 'it sets reserved bits')
  }
  const packetsEnd = HEAD_BYTES + head.count * PACKET_BYTES
  return {
    // faultOfPacketTable looks whether the number is known.
    baseType: view.getUint8(6) as BaseType,
    transfer: readCount(view, 8),
    segment: view.getUint32(16),
    firstPacket: view.getUint32(20),
    bytesBefore: readCount(view, 28),
    packets: Array.from({ length: head.count }, (_, k) => readPacket(bytes, view, HEAD_BYTES + k * PACKET_BYTES)),
    last: head.isLast
      ? { contentBytes: readCount(view, packetsEnd), contentDigest: bytes.subarray(packetsEnd + 8, packetsEnd + 40) }
      : undefined,
  }
}

function readPacket(bytes: Uint8Array, view: DataView, at: number): PacketFacts {
  const compressionAndReserved = view.getUint32(at + 8)
  if ((compressionAndReserved & 0xffffff) !== 0) throw refused('E_PACKET_TABLE', 'a packet sets reserved bytes')
  const sealedDigestAt = at + 12 + DIGEST_BYTES
  return {
    plainBytes: view.getUint32(at),
    sealedBytes: view.getUint32(at + 4),
    compression: (compressionAndReserved >>> 24) as Compression,
    plainDigest: bytes.subarray(at + 12, sealedDigestAt),
    sealedDigest: bytes.subarray(sealedDigestAt, sealedDigestAt + DIGEST_BYTES),
  }
}

/** A u64; what no number can hold exactly becomes infinite, which faultOfPacketTable refuses. */
function readCount(view: DataView, at: number): number {
  const count = view.getBigUint64(at)
  return count <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(count) : Number.POSITIVE_INFINITY
}

function refused(code: `E_${string}`, why: string): TreecastError {
  return new TreecastError(code, `packet table refused: ${why}`)
}
