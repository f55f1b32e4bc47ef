/**
 * Limits in proportion to the contents of the simulator: what a terminal syncs, keeps, asks for and queues at once is a small part of them,
 * as it is of a large content in the world. Set for one run at a time, and taken back after it.
 */

import { LIMITS } from '../../src/wire/limits.ts'

const KIB = 1024

const SMALL = {
  linkLowWaterBytes: 16 * KIB,
  packetsPerAck: 3,
  childBufferBytes: 32 * KIB,
  sealedWindowBytes: 48 * KIB,
  mainWindowBytes: 48 * KIB,
  requestWindowBytes: 32 * KIB,
  syncEveryBytes: 40 * KIB,
  uploadCreditBytes: 300 * KIB,
  offerBytes: 32 * KIB,
  offeredFromBytes: 0,
} as const satisfies Partial<Record<keyof typeof LIMITS, number>>

/**
 * @param small whether to set them at all
 * @param wholeContentBytes the most that goes to a terminal whole: what is larger goes down trees
 * @returns how to take it back
 */
export function setLimits({ small, wholeContentBytes }: { small: boolean; wholeContentBytes: number }): () => void {
  const limits = LIMITS as { -readonly [K in keyof typeof LIMITS]: number }
  const before = { ...LIMITS }
  Object.assign(limits, small ? SMALL : {}, { wholeContentBytes })
  return () => Object.assign(limits, before)
}
