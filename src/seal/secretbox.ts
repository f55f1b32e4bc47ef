/**
 * XSalsa20-Poly1305 by tweetnacl: one secretbox around the packet's binding and its payload, since a secretbox knows no additional data.
 */

import nacl from 'tweetnacl'
import { sameBytes } from './digests.ts'
import { encodePacketBinding, nonceOf, PACKET_BINDING_BYTES, type PacketBinding } from './packet-binding.ts'

export const SECRETBOX_OVERHEAD_BYTES = nacl.secretbox.overheadLength + PACKET_BINDING_BYTES

export function sealSecretbox(key: Uint8Array, binding: PacketBinding, payload: Uint8Array): Uint8Array {
  const bound = new Uint8Array(PACKET_BINDING_BYTES + payload.length)
  bound.set(encodePacketBinding(binding))
  bound.set(payload, PACKET_BINDING_BYTES)
  return nacl.secretbox(bound, nonceOf(binding, nacl.secretbox.nonceLength), key)
}

/** The payload; undefined when the box was changed, is not of this key, or holds another packet than `binding` says. */
export function openSecretbox(key: Uint8Array, binding: PacketBinding, sealed: Uint8Array): Uint8Array | undefined {
  const bound = nacl.secretbox.open(sealed, nonceOf(binding, nacl.secretbox.nonceLength), key)
  if (bound === null || bound.length < PACKET_BINDING_BYTES) return undefined
  if (!sameBytes(bound.subarray(0, PACKET_BINDING_BYTES), encodePacketBinding(binding))) return undefined
  return bound.subarray(PACKET_BINDING_BYTES)
}
