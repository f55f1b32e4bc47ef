/** How a content is cut: into packets, and into the segments whose tables are signed one by one. */

import type { Cut } from '../wire/codes.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** A slow link must not wait long for one packet; a fast one must not drown in headers. */
export const MIN_PACKET_BYTES = 16 * KIB
export const MAX_PACKET_BYTES = 1 * MIB

/** For a content whose size is not known before its end. */
const PIPE_PACKET_BYTES = 256 * KIB
/** More of a content that is cut by what it says: what has changed in one byte moves a packet, what has not a line of a table. */
const PACKETS_AIMED_AT: Record<Cut, number> = { fixed: 2048, content: 4096 }
const MAX_SEGMENT_BYTES = 16 * MIB

/** A limited sender goes packet by packet: so many a second, or more, make a steady stream. */
const PACKETS_PER_SECOND = 32

/**
 * Plain bytes of one packet: the power of two nearest to a 2048th of the content, from 16 KiB to 1 MiB; less where senders are limited to so
 * little that they would send it in jerks. Of a cut by content, what most come near to: a 4096th, and room for longer ones.
 */
export function packetBytesFor(
  contentBytes: number | undefined,
  bytesPerSecond = Number.POSITIVE_INFINITY,
  cut: Cut = 'fixed',
): number {
  const most = Math.max(MIN_PACKET_BYTES, 2 ** Math.floor(Math.log2(bytesPerSecond / PACKETS_PER_SECOND)))
  const longest = cut === 'fixed' ? MAX_PACKET_BYTES : MAX_PACKET_BYTES / 2
  return Math.min(most, longest, packetBytesOf(contentBytes, cut))
}

function packetBytesOf(contentBytes: number | undefined, cut: Cut): number {
  if (contentBytes === undefined) return PIPE_PACKET_BYTES
  const wanted = Math.max(1, contentBytes / PACKETS_AIMED_AT[cut])
  return Math.max(MIN_PACKET_BYTES, 2 ** Math.round(Math.log2(wanted)))
}

/** Plain bytes of segment `segment`, counted from 0: 1, 2, 4, 8 MiB, then 16: relaying starts with the first one, so it is small. */
export function segmentBytes(segment: number): number {
  return segment < 4 ? MIB << segment : MAX_SEGMENT_BYTES
}
