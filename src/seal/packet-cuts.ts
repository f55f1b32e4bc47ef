/**
 * Where a stream of bytes is cut into packets.
 *
 *   fixed      every packet has packetBytes, the last may have fewer
 *   content    a cut depends only on the bytes before it, so the same bytes are cut alike wherever they stand: what is inserted or removed
 *              moves the cuts of the packets it touches, and no others
 *
 * Content-defined cuts are FastCDC's (Xia et al., "FastCDC: a Fast and Efficient Content-Defined Chunking Approach for Data
 * Deduplication", USENIX ATC 2016) with normalised sizes: a gear hash over the last 32 bytes, which must have its upper bits zero, more of
 * them before the normal size and fewer behind it. treecast-protocol(7), CUTS, has table and bounds: two ends that differ in them find
 * nothing in common, and fetch everything.
 *
 * Pure. Cutting looks at each byte behind the least size, at about 1.4 GB/s.
 */

import { createHash } from 'node:crypto'
import type { Cut } from '../wire/codes.ts'
import { createGearCode, type GearCode } from './gear-code.ts'
import { MAX_PACKET_BYTES } from './segments.ts'

/** By how many bits the two masks differ from the one that would give the normal size by chance alone. */
const NORMALISATION_BITS = 2

export interface PacketCuts {
  /** No packet is longer. */
  readonly mostBytes: number
  /** Length of the packet that begins `bytes`, which are `mostBytes` of the stream, or all that is left of it. */
  packetAt(bytes: Uint8Array): number
}

/** The longest packet of a content that is cut like this. */
export function mostPacketBytes(cut: Cut, packetBytes: number): number {
  return cut === 'fixed' ? packetBytes : Math.min(MAX_PACKET_BYTES, 2 * packetBytes)
}

/** @param packetBytes of a content-defined cut: what most packets come near to */
export function packetCuts(cut: Cut, packetBytes: number): PacketCuts {
  const mostBytes = mostPacketBytes(cut, packetBytes)
  if (cut === 'fixed') return { mostBytes, packetAt: (bytes) => Math.min(bytes.length, mostBytes) }
  const normalBytes = mostBytes / 2
  const leastBytes = Math.floor(mostBytes / 8)
  const bits = Math.round(Math.log2(normalBytes))
  const masks = { strict: upperBits(bits + NORMALISATION_BITS), loose: upperBits(bits - NORMALISATION_BITS) }
  // Many contents are never cut by a terminal, and the code brings memory of its own.
  let code: GearCode | undefined
  return {
    mostBytes,
    packetAt: (bytes) => {
      code ??= createGearCode(gearTable(), mostBytes)
      return code.cut(bytes.subarray(0, mostBytes), { leastBytes, normalBytes, masks })
    },
  }
}

/** A number of 32 random bits for each byte: the first four of the byte's SHA-256, big endian. */
function gearTable(): Int32Array {
  return Int32Array.from({ length: 256 }, (_, byte) =>
    createHash('sha256').update(Uint8Array.of(byte)).digest().readInt32BE(0),
  )
}

function upperBits(count: number): number {
  return (0xffffffff << (32 - count)) | 0
}
