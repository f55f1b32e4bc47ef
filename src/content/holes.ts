/** Runs of zeros that are not written: they read back as zeros and take no room on the disk. */

import type { OpenFile } from '../system/files.ts'

/** Pieces that are looked at alone: a file system keeps no smaller holes worth having. */
const HOLE_BYTES = 64 * 1024
const ZEROS = new Uint8Array(HOLE_BYTES)

/** Whether there is nothing but zeros; stops at the first other byte. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += HOLE_BYTES) {
    // Nearly always enough, and costs less than the call.
    if (bytes[at] !== 0) return false
    const piece = bytes.subarray(at, at + HOLE_BYTES)
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.length)) !== 0) return false
  }
  return true
}

/**
 * Writes what is not zero, to a place where nothing was written before. Bytes without a hole are written at once, after a look at the
 * first of each piece.
 */
export async function writeAround(file: Pick<OpenFile, 'write'>, at: number, bytes: Uint8Array): Promise<void> {
  let from = 0
  for (let piece = 0; piece < bytes.length; piece += HOLE_BYTES) {
    const end = Math.min(piece + HOLE_BYTES, bytes.length)
    if (!isZero(bytes.subarray(piece, end))) continue
    if (piece > from) await file.write(at + from, bytes.subarray(from, piece))
    from = end
  }
  if (from < bytes.length) await file.write(at + from, bytes.subarray(from))
}
