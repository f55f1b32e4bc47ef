/**
 * Which compression to try on the next packet. A pure state machine: state in, packet's result in, state out.
 *
 *   zstd, lz4, none   always that
 *   auto              zstd while it saves; after POOR_PACKETS in a row that saved less than 3 %, none for 4 packets, then one try; after
 *                     each try that fails the pause doubles, up to 256 packets; a try that saves ends it
 *
 * So a film or an archive costs next to no compressing, and a text behind it is found soon.
 */

import { COMPRESSION, type Compression } from '../wire/codes.ts'

/** What an operator asks for (`--compress`). */
export type CompressionWish = 'auto' | keyof typeof COMPRESSION

export interface CompressionChoice {
  /** What to try on the next packet. */
  readonly compression: Compression
  readonly adaptive: boolean
  readonly poorInARow: number
  /** Packets still to go without a try. */
  readonly pause: number
  readonly nextPause: number
}

const POOR_SAVING = 0.03
const POOR_PACKETS = 2
const FIRST_PAUSE = 4
const LONGEST_PAUSE = 256

/** The choice for the first packet of a content. */
export function compressionFor(wish: CompressionWish): CompressionChoice {
  return {
    compression: wish === 'auto' ? COMPRESSION.zstd : COMPRESSION[wish],
    adaptive: wish === 'auto',
    poorInARow: 0,
    pause: 0,
    nextPause: FIRST_PAUSE,
  }
}

/** The choice for the packet after one that was tried as `choice` says and became `packet`. */
export function afterPacket(
  choice: CompressionChoice,
  packet: { readonly plainBytes: number; readonly sealed: Uint8Array },
): CompressionChoice {
  if (!choice.adaptive) return choice
  if (choice.pause > 0) {
    const pause = choice.pause - 1
    return { ...choice, pause, compression: pause === 0 ? COMPRESSION.zstd : COMPRESSION.none }
  }
  const poor = packet.sealed.length > packet.plainBytes * (1 - POOR_SAVING)
  if (!poor) return compressionFor('auto')
  const poorInARow = choice.poorInARow + 1
  if (poorInARow < POOR_PACKETS) return { ...choice, poorInARow }
  const pause = choice.nextPause
  const nextPause = Math.min(2 * pause, LONGEST_PAUSE)
  return { ...choice, compression: COMPRESSION.none, poorInARow, pause, nextPause }
}
