/**
 * What a packet table says: for a run of packets (a segment), what each must be. The last segment's table says so, and how long the whole
 * content is. packet-table-codec.ts has its bytes.
 */

import { BASE_TYPE, type BaseType, COMPRESSION, type Compression, isCode } from '../wire/codes.ts'
import { MAX_SEAL_OVERHEAD_BYTES } from './cipher.ts'
import { DIGEST_BYTES } from './digests.ts'
import { MAX_PACKET_BYTES } from './segments.ts'

/** The most packets of one segment: bounds what a table can make its reader allocate. */
export const MAX_SEGMENT_PACKETS = 65_536

/** What one packet must be. */
export interface PacketFacts {
  readonly plainBytes: number
  readonly sealedBytes: number
  readonly compression: Compression
  /** SHA-256 of the content's bytes. */
  readonly plainDigest: Uint8Array
  /** SHA-256 of the bytes that travel. */
  readonly sealedDigest: Uint8Array
}

export interface PacketTable {
  readonly baseType: BaseType
  readonly transfer: number
  /** From 0. */
  readonly segment: number
  /** The index of `packets[0]` in the whole content. */
  readonly firstPacket: number
  /** Plain bytes of the content before this segment. */
  readonly bytesBefore: number
  readonly packets: readonly PacketFacts[]
  /** Present in the last segment only. */
  readonly last?: { readonly contentBytes: number; readonly contentDigest: Uint8Array } | undefined
}

/** Why no first server can have meant this table; undefined for one that can be. */
export function faultOfPacketTable(table: PacketTable): string | undefined {
  if (!isCode(BASE_TYPE, table.baseType)) return `base type ${table.baseType} is unknown`
  if (!isSafeCount(table.transfer)) return `transfer ${table.transfer} is impossible`
  if (!isSafeCount(table.bytesBefore)) return `${table.bytesBefore} bytes before the segment are impossible`
  if (!isIndex(table.segment)) return `segment ${table.segment} is impossible`
  if (table.packets.length > MAX_SEGMENT_PACKETS) return `${table.packets.length} packets are too many`
  if (!isIndex(table.firstPacket) || table.firstPacket + table.packets.length > 2 ** 32) {
    return `packets from ${table.firstPacket} on are beyond the last possible index`
  }
  if (table.packets.length === 0 && table.last === undefined) return 'a segment without packets is not the last'
  for (const [k, packet] of table.packets.entries()) {
    const fault = faultOfPacket(packet)
    if (fault !== undefined) return `packet ${table.firstPacket + k}: ${fault}`
  }
  return faultOfLast(table)
}

function faultOfPacket(packet: PacketFacts): string | undefined {
  const { plainBytes, sealedBytes } = packet
  if (!(Number.isInteger(plainBytes) && plainBytes >= 1 && plainBytes <= MAX_PACKET_BYTES)) {
    return `a plain length of ${plainBytes} is not from 1 to ${MAX_PACKET_BYTES}`
  }
  // Sealing adds a fixed number of bytes, and what does not shrink is not compressed.
  if (!(Number.isInteger(sealedBytes) && sealedBytes >= 1 && sealedBytes <= plainBytes + MAX_SEAL_OVERHEAD_BYTES)) {
    return `a sealed length of ${sealedBytes} is impossible for ${plainBytes} plain bytes`
  }
  if (!isCode(COMPRESSION, packet.compression)) return `compression ${packet.compression} is unknown`
  if (packet.plainDigest.length !== DIGEST_BYTES || packet.sealedDigest.length !== DIGEST_BYTES) {
    return `a digest has not ${DIGEST_BYTES} bytes`
  }
  return undefined
}

function faultOfLast({ bytesBefore, packets, last }: PacketTable): string | undefined {
  if (last === undefined) return undefined
  const end = packets.reduce((sum, packet) => sum + packet.plainBytes, bytesBefore)
  if (last.contentBytes !== end) return `the content ends at ${end} bytes, not at ${last.contentBytes}`
  if (last.contentDigest.length !== DIGEST_BYTES) return `the content digest has not ${DIGEST_BYTES} bytes`
  return undefined
}

function isIndex(number: number): boolean {
  return Number.isInteger(number) && number >= 0 && number < 2 ** 32
}

function isSafeCount(number: number): boolean {
  return Number.isSafeInteger(number) && number >= 0
}
