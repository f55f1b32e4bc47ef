/** The ciphers of a transfer by their number: sealing and opening a packet's payload. Each binds the packet's identity and lengths. */

import { TreecastError } from '../system/errors.ts'
import { CIPHER, type SealingCipher } from '../wire/codes.ts'
import { AES_GCM_OVERHEAD_BYTES, openAesGcm, sealAesGcm } from './aes-gcm.ts'
import { CONTENT_KEY_BYTES } from './content-key.ts'
import type { PacketBinding } from './packet-binding.ts'
import { openSecretbox, SECRETBOX_OVERHEAD_BYTES, sealSecretbox } from './secretbox.ts'

interface SealingMethod {
  readonly overheadBytes: number
  seal(key: Uint8Array, binding: PacketBinding, payload: Uint8Array): Uint8Array
  open(key: Uint8Array, binding: PacketBinding, sealed: Uint8Array): Uint8Array | undefined
}

const METHODS: Readonly<Record<SealingCipher, SealingMethod>> = {
  [CIPHER['aes-256-gcm']]: { overheadBytes: AES_GCM_OVERHEAD_BYTES, seal: sealAesGcm, open: openAesGcm },
  [CIPHER['xsalsa20-poly1305']]: { overheadBytes: SECRETBOX_OVERHEAD_BYTES, seal: sealSecretbox, open: openSecretbox },
}

/** No cipher adds more to a packet's payload. */
export const MAX_SEAL_OVERHEAD_BYTES = Math.max(AES_GCM_OVERHEAD_BYTES, SECRETBOX_OVERHEAD_BYTES)

/** How much longer than the payload the sealed bytes are: always exactly this. */
export function sealOverheadBytes(cipher: SealingCipher): number {
  return methodOf(cipher).overheadBytes
}

/** @throws E_PACKET_CIPHER, E_PACKET_KEY, E_PACKET_INDEX */
export function sealPayload(key: Uint8Array, binding: PacketBinding, payload: Uint8Array): Uint8Array {
  assertKey(key)
  return methodOf(binding.cipher).seal(key, binding, payload)
}

/**
 * The payload; undefined when these are not the bytes that were sealed under this key for this packet.
 * @throws E_PACKET_CIPHER, E_PACKET_KEY, E_PACKET_INDEX
 */
export function openPayload(key: Uint8Array, binding: PacketBinding, sealed: Uint8Array): Uint8Array | undefined {
  assertKey(key)
  return methodOf(binding.cipher).open(key, binding, sealed)
}

function methodOf(cipher: SealingCipher): SealingMethod {
  const method = METHODS[cipher]
  if (method !== undefined) return method
  throw new TreecastError('E_PACKET_CIPHER', `cipher ${cipher} seals no packets`, { facts: { cipher } })
}

function assertKey(key: Uint8Array): void {
  if (key.length === CONTENT_KEY_BYTES) return
  throw new TreecastError('E_PACKET_KEY', `a content key of ${key.length} bytes, not ${CONTENT_KEY_BYTES}`)
}
