/**
 * The time of a transfer against F/B: F bytes over one link of B bytes per second. No tree can be faster than that; how near it comes
 * says how good the tree is. B is the best rate that the transfer itself has shown of any node.
 */

import type { TransferSnapshot } from '../../wire/snapshot.ts'

export interface LinkTime {
  /** B. */
  readonly bytesPerSecond: number
  /** F/B. */
  readonly seconds: number
}

/** Undefined while the length or the rate is not known. */
export function linkTimeOf({ bytes, linkBytesPerSecond }: TransferSnapshot): LinkTime | undefined {
  if (bytes === null || bytes === 0 || linkBytesPerSecond === null || linkBytesPerSecond <= 0) return undefined
  return { bytesPerSecond: linkBytesPerSecond, seconds: bytes / linkBytesPerSecond }
}
