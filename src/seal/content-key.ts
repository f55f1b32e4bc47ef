/**
 * The content key K: 32 random bytes, fresh for every sealing, because packets are sealed under it with their index as nonce.
 *
 * The manifest carries a commitment to K. Without it, one signed cipher text could open to different bytes under different keys, and a
 * first server could give two terminals two contents with the same sealed digests.
 */

import type { Random } from '../system/random.ts'
import { digestOf, sameBytes } from './digests.ts'
import { unwrapKey } from './key-wrap.ts'

export const CONTENT_KEY_BYTES = 32

/** Keeps the commitment apart from every other SHA-256 of 32 bytes. */
const COMMITMENT_DOMAIN = new TextEncoder().encode('treecast content key commitment 1\0')

/** A new key; `random` must be fit for keys. */
export function createContentKey(random: Random): Uint8Array {
  return random.bytes(CONTENT_KEY_BYTES)
}

/** The 32 bytes for the manifest: SHA-256 over a domain and the key. */
export function keyCommitment(key: Uint8Array): Uint8Array {
  const committed = new Uint8Array(COMMITMENT_DOMAIN.length + key.length)
  committed.set(COMMITMENT_DOMAIN)
  committed.set(key, COMMITMENT_DOMAIN.length)
  return digestOf(committed)
}

/** The key in `wrapped`; undefined when it was not wrapped for this pair, was changed, or is not the key of the commitment. */
export function openCommitted(wrapped: Uint8Array, shared: Uint8Array, commitment: Uint8Array): Uint8Array | undefined {
  const key = unwrapKey(wrapped, shared)
  return key !== undefined && sameBytes(keyCommitment(key), commitment) ? key : undefined
}
