/** Runs of zeros that are not written: they read back as zeros and take no room on the disk. */

import type { OpenFile } from '../system/files.ts'

/** Pieces that are looked at alone: a file system keeps no smaller holes worth having. */
const HOLE_BYTES = 64 * 1024
const ZEROS = new Uint8Array(HOLE_BYTES)

/** Whether there is nothing but zeros; stops at the first other byte. */
export function isZero(bytes: Uint8Array): boolean {
  for (let at = 0; at < bytes.length; at += HOLE_BYTES) {
    const piece = bytes.subarray(at, at + HOLE_BYTES)
    if (Buffer.compare(piece, ZEROS.subarray(0, piece.length)) !== 0) return false
  }
  return true
}

/** Writes what is not zero, to a place where nothing was written before. */
export async function writeAround(file: OpenFile, at: number, bytes: Uint8Array): Promise<void> {
  for (let from = 0; from < bytes.length; from += HOLE_BYTES) {
    const piece = bytes.subarray(from, from + HOLE_BYTES)
    if (!isZero(piece)) await file.write(at + from, piece)
  }
}
