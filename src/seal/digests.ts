/**
 * SHA-256 digests of packets. The sealed digest says that these are the very bytes the first server sealed, whoever handed them on; the
 * plain digest says that these are the content's bytes, wherever they were found.
 */

import { hash } from 'node:crypto'

export const DIGEST_BYTES = 32

/** SHA-256, 32 bytes. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

/** Whether `digest` is the SHA-256 of `bytes`. */
export function hasDigest(bytes: Uint8Array, digest: Uint8Array): boolean {
  return sameBytes(digestOf(bytes), digest)
}

/** For what is no secret: takes longer the later the first difference is. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
