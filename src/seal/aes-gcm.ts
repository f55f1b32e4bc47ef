/** AES-256-GCM by the runtime: the payload's cipher text with its 16-byte tag behind it. */

import { createCipheriv, createDecipheriv } from 'node:crypto'
import { giveBack, unsetBytes } from '../system/packet-memory.ts'
import { encodePacketBinding, nonceOf, type PacketBinding } from './packet-binding.ts'

const ALGORITHM = 'aes-256-gcm'
const NONCE_BYTES = 12
const TAG_BYTES = 16

export const AES_GCM_OVERHEAD_BYTES = TAG_BYTES

export function sealAesGcm(key: Uint8Array, binding: PacketBinding, payload: Uint8Array): Uint8Array {
  const cipher = createCipheriv(ALGORITHM, key, nonceOf(binding, NONCE_BYTES), { authTagLength: TAG_BYTES })
  cipher.setAAD(encodePacketBinding(binding))
  const text = cipher.update(payload)
  cipher.final()
  const sealed = unsetBytes(payload.length + TAG_BYTES)
  sealed.set(text)
  sealed.set(cipher.getAuthTag(), payload.length)
  giveBack(text)
  return sealed
}

/** The payload; undefined when the tag does not fit these bytes, this key and this binding. */
export function openAesGcm(key: Uint8Array, binding: PacketBinding, sealed: Uint8Array): Uint8Array | undefined {
  const tagAt = sealed.length - TAG_BYTES
  if (tagAt < 0) return undefined
  const decipher = createDecipheriv(ALGORITHM, key, nonceOf(binding, NONCE_BYTES), { authTagLength: TAG_BYTES })
  decipher.setAAD(encodePacketBinding(binding))
  decipher.setAuthTag(sealed.subarray(tagAt))
  const payload = decipher.update(sealed.subarray(0, tagAt))
  try {
    decipher.final()
  } catch {
    return undefined
  }
  return asBytes(payload)
}

/** A Buffer's slice() is a view, a Uint8Array's a copy: only the latter leaves this file. */
function asBytes(buffer: Buffer): Uint8Array {
  return new Uint8Array(buffer.buffer, buffer.byteOffset, buffer.length)
}
