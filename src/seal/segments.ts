/** How a content is cut: into packets, and into the segments whose tables are signed one by one. */

import type { Cut } from '../wire/codes.ts'

const KIB = 1024
const MIB = 1024 * KIB

/** A slow link must not wait long for one packet; a fast one must not drown in headers. */
export const MIN_PACKET_BYTES = 16 * KIB
export const MAX_PACKET_BYTES = 1 * MIB

/** For a content whose size is not known before its end. */
const PIPE_PACKET_BYTES = 256 * KIB
/**
 * How many packets are aimed at: of a content that is cut by what it says more, because what has changed in one byte moves a packet, and what
 * has not a line of a table.
 *
 * A packet costs a terminal much of its processor time whatever its length: 24 MiB in packets of 128 KiB take a tenth less of it than in
 * packets of 64 KiB. But a packet has to pass all levels of a tree. So contents of the middle range have fewer and larger ones, as far as
 * that delays the last terminal by a fifteenth at most, were the levels to wait for one another all the time.
 */
const PACKETS_AIMED_AT: Record<Cut, { readonly most: number; readonly few: number; readonly fewUntilBytes: number }> = {
  fixed: { most: 2048, few: 256, fewUntilBytes: 128 * KIB },
  content: { most: 4096, few: 1024, fewUntilBytes: 64 * KIB },
}
/** For each level of a tree in which every terminal passes on half of what it gets to two others. */
const PACKETS_PER_LEVEL = 32
const MAX_SEGMENT_BYTES = 16 * MIB

/** A limited sender goes packet by packet: so many a second, or more, make a steady stream. */
const PACKETS_PER_SECOND = 32

export interface PacketWish {
  /** Undefined when it is not known before its end. */
  readonly contentBytes?: number | undefined
  /** How many terminals get it. */
  readonly targets: number
  /** What a sender is limited to. */
  readonly bytesPerSecond?: number | undefined
  readonly cut?: Cut | undefined
}

/**
 * Plain bytes of one packet: the power of two nearest to a 2048th of the content, from 16 KiB to 1 MiB, or up to 128 KiB to a 256th when that
 * is more; less where senders are limited to so little that they would send it in jerks. Of a cut by content, what most come near to: half of
 * that, and room for longer ones.
 */
export function packetBytesFor({ contentBytes, targets, bytesPerSecond, cut = 'fixed' }: PacketWish): number {
  const most = powerOfTwo((bytesPerSecond ?? Number.POSITIVE_INFINITY) / PACKETS_PER_SECOND, Math.floor)
  const longest = cut === 'fixed' ? MAX_PACKET_BYTES : MAX_PACKET_BYTES / 2
  const suited = contentBytes === undefined ? PIPE_PACKET_BYTES : suitedBytes(contentBytes, targets, cut)
  return Math.min(most, longest, suited)
}

function suitedBytes(contentBytes: number, targets: number, cut: Cut): number {
  const { most, few, fewUntilBytes } = PACKETS_AIMED_AT[cut]
  const levels = Math.ceil(Math.log2(targets + 1))
  const fewer = powerOfTwo(contentBytes / Math.max(few, levels * PACKETS_PER_LEVEL), Math.round)
  return Math.max(powerOfTwo(contentBytes / most, Math.round), Math.min(fewUntilBytes, fewer))
}

/** At least MIN_PACKET_BYTES. */
function powerOfTwo(bytes: number, whole: (exponent: number) => number): number {
  return Math.max(MIN_PACKET_BYTES, 2 ** whole(Math.log2(Math.max(1, bytes))))
}

/** Plain bytes of segment `segment`, counted from 0: 1, 2, 4, 8 MiB, then 16: relaying starts with the first one, so it is small. */
export function segmentBytes(segment: number): number {
  return segment < 4 ? MIB << segment : MAX_SEGMENT_BYTES
}
