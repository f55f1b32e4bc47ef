/**
 * A node's two key pairs: Ed25519 for signatures and X25519 for keys wrapped to it with NaCl's box. Both by node:crypto, which is
 * tens of times as fast as tweetnacl.
 *
 * Both are made from 32 secret bytes each, so a source of chance that repeats itself repeats the keys: good for the simulator, and
 * why real keys take the operating system's source only.
 */

import { createPrivateKey, createPublicKey, type KeyObject, sign as signWith, verify as verifyWith } from 'node:crypto'
import type { Random } from '../system/random.ts'

/** Bytes of every Ed25519 and X25519 key, public or secret. */
export const KEY_BYTES = 32
const SIGNATURE_BYTES = 64

/** What must be kept to have the same keys again, and kept from everyone else. */
export interface KeySecrets {
  readonly ed25519Seed: Uint8Array
  readonly x25519Secret: Uint8Array
}

export interface Keys {
  readonly secrets: KeySecrets
  readonly ed25519Public: Uint8Array
  readonly x25519: { readonly publicKey: Uint8Array; readonly secretKey: Uint8Array }
  /** The Ed25519 secret, ready for use: making it again for every signature would cost more than the signature. */
  readonly signing: KeyObject
}

/** RFC 8410: the DER bytes before a raw private key (PKCS #8) and public key (SPKI). */
const PRIVATE_KEY_HEADER = Buffer.from('302e020100300506032b657004220420', 'hex')
const PUBLIC_KEY_HEADER = Buffer.from('302a300506032b6570032100', 'hex')
const X25519_PRIVATE_KEY_HEADER = Buffer.from('302e020100300506032b656e04220420', 'hex')

export function createKeys(random: Random): Keys {
  return keysFromSecrets({ ed25519Seed: random.bytes(KEY_BYTES), x25519Secret: random.bytes(KEY_BYTES) })
}

/** The same keys for the same secrets, each of 32 bytes. */
export function keysFromSecrets(secrets: KeySecrets): Keys {
  const signing = privateKey(PRIVATE_KEY_HEADER, secrets.ed25519Seed)
  const agreeing = privateKey(X25519_PRIVATE_KEY_HEADER, secrets.x25519Secret)
  return {
    secrets,
    ed25519Public: publicBytes(signing),
    x25519: { publicKey: publicBytes(agreeing), secretKey: secrets.x25519Secret },
    signing,
  }
}

/** The 64-byte Ed25519 signature of `bytes`. Sign nothing without a domain separator: see signed.ts. */
export function sign(keys: Keys, bytes: Uint8Array): Uint8Array {
  return new Uint8Array(signWith(null, bytes, keys.signing))
}

/** Whether `signature` stands for exactly `bytes`. Input that is no key or no signature at all is just false: it comes from peers. */
export function verify(ed25519Public: Uint8Array, bytes: Uint8Array, signature: Uint8Array): boolean {
  if (ed25519Public.length !== KEY_BYTES || signature.length !== SIGNATURE_BYTES) return false
  try {
    const der = Buffer.concat([PUBLIC_KEY_HEADER, ed25519Public])
    return verifyWith(null, bytes, createPublicKey({ key: der, format: 'der', type: 'spki' }), signature)
  } catch {
    return false
  }
}

function privateKey(header: Uint8Array, secret: Uint8Array): KeyObject {
  return createPrivateKey({ key: Buffer.concat([header, secret]), format: 'der', type: 'pkcs8' })
}

/** An Ed25519 and an X25519 public key have a header of the same length. */
function publicBytes(secretKey: KeyObject): Uint8Array {
  const der = createPublicKey(secretKey).export({ format: 'der', type: 'spki' })
  return new Uint8Array(der.subarray(PUBLIC_KEY_HEADER.length))
}
