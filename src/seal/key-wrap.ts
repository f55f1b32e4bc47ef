/**
 * Wrapping the content key for one terminal: nacl.box (X25519, XSalsa20, Poly1305) with the shared key worked out beforehand.
 *
 *   0        24            40        72
 *   | nonce  | Poly1305    | key     |
 *
 * A shared key costs more than a wrap: keep the one of a pair that meets again.
 */

import nacl from 'tweetnacl'
import { TreecastError } from '../system/errors.ts'
import type { Random } from '../system/random.ts'
import { agreeOnKey } from './key-agreement.ts'

const KEY_BYTES = 32
const NONCE_BYTES = nacl.box.nonceLength
export const WRAPPED_KEY_BYTES = NONCE_BYTES + nacl.box.overheadLength + KEY_BYTES

/**
 * The key that both ends of a pair work out: nacl.box.before.
 * @throws E_KEY_LENGTH when a key has not 32 bytes
 */
export function sharedKey(theirX25519Public: Uint8Array, ourX25519Secret: Uint8Array): Uint8Array {
  assertKeyLength('an X25519 public key', theirX25519Public)
  assertKeyLength('an X25519 secret key', ourX25519Secret)
  return agreeOnKey(theirX25519Public, ourX25519Secret)
}

/**
 * Nonce and box, WRAPPED_KEY_BYTES long. The nonce is random: 24 bytes do not collide.
 * @throws E_KEY_LENGTH
 */
export function wrapKey(key: Uint8Array, shared: Uint8Array, random: Random): Uint8Array {
  assertKeyLength('a content key', key)
  assertKeyLength('a shared key', shared)
  const nonce = random.bytes(NONCE_BYTES)
  const wrapped = new Uint8Array(WRAPPED_KEY_BYTES)
  wrapped.set(nonce)
  wrapped.set(nacl.box.after(key, nonce, shared), NONCE_BYTES)
  return wrapped
}

/** The 32 bytes of the key; undefined when the box was not made for this pair or was changed. */
export function unwrapKey(wrapped: Uint8Array, shared: Uint8Array): Uint8Array | undefined {
  assertKeyLength('a shared key', shared)
  if (wrapped.length !== WRAPPED_KEY_BYTES) return undefined
  return nacl.box.open.after(wrapped.subarray(NONCE_BYTES), wrapped.subarray(0, NONCE_BYTES), shared) ?? undefined
}

function assertKeyLength(what: string, key: Uint8Array): void {
  if (key.length === KEY_BYTES) return
  throw new TreecastError('E_KEY_LENGTH', `${what} has ${key.length} bytes, not ${KEY_BYTES}`, {
    facts: { bytes: key.length },
  })
}
