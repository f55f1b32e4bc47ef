/**
 * SHA-256 digests of packets. The sealed digest says that these are the very bytes the first server sealed, whoever handed them on; the
 * plain digest says that these are the content's bytes, wherever they were found.
 */

import { createHmac, hash } from 'node:crypto'

export const DIGEST_BYTES = 32

/** SHA-256, 32 bytes. */
export function digestOf(bytes: Uint8Array): Uint8Array {
  const digest = hash('sha256', bytes, 'buffer')
  return new Uint8Array(digest.buffer, digest.byteOffset, digest.length)
}

/** Bytes of the key of proofOf(). */
export const PROOF_KEY_BYTES = 32

/** HMAC-SHA-256, 32 bytes: only who has the bytes can tell it of a key that was drawn a moment ago. */
export function proofOf(bytes: Uint8Array, key: Uint8Array): Uint8Array {
  const proof = createHmac('sha256', key).update(bytes).digest()
  return new Uint8Array(proof.buffer, proof.byteOffset, proof.length)
}

/** Whether `digest` is the SHA-256 of `bytes`. */
export function hasDigest(bytes: Uint8Array, digest: Uint8Array): boolean {
  return sameBytes(digestOf(bytes), digest)
}

/** For what is no secret: takes longer the later the first difference is. */
export function sameBytes(one: Uint8Array, other: Uint8Array): boolean {
  return Buffer.compare(one, other) === 0
}
