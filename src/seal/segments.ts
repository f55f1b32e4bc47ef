/** How a content is cut: into packets, and into the segments whose tables are signed one by one. */

const KIB = 1024
const MIB = 1024 * KIB

/** A slow link must not wait long for one packet; a fast one must not drown in headers. */
export const MIN_PACKET_BYTES = 16 * KIB
export const MAX_PACKET_BYTES = 1 * MIB

/** For a content whose size is not known before its end. */
const PIPE_PACKET_BYTES = 256 * KIB
const PACKETS_AIMED_AT = 2048
const MAX_SEGMENT_BYTES = 16 * MIB

/** A limited sender goes packet by packet: so many a second, or more, make a steady stream. */
const PACKETS_PER_SECOND = 32

/**
 * Plain bytes of one packet: the power of two nearest to a 2048th of the content, from 16 KiB to 1 MiB; less where senders are limited to so
 * little that they would send it in jerks.
 */
export function packetBytesFor(contentBytes: number | undefined, bytesPerSecond = Number.POSITIVE_INFINITY): number {
  const most = Math.max(MIN_PACKET_BYTES, 2 ** Math.floor(Math.log2(bytesPerSecond / PACKETS_PER_SECOND)))
  return Math.min(most, packetBytesOf(contentBytes))
}

function packetBytesOf(contentBytes: number | undefined): number {
  if (contentBytes === undefined) return PIPE_PACKET_BYTES
  const wanted = Math.max(1, contentBytes / PACKETS_AIMED_AT)
  return Math.min(MAX_PACKET_BYTES, Math.max(MIN_PACKET_BYTES, 2 ** Math.round(Math.log2(wanted))))
}

/** Plain bytes of segment `segment`, counted from 0: 1, 2, 4, 8 MiB, then 16: relaying starts with the first one, so it is small. */
export function segmentBytes(segment: number): number {
  return segment < 4 ? MIB << segment : MAX_SEGMENT_BYTES
}
