/**
 * What a sealed packet is bound to: opening it as another packet, type or length than it was sealed as fails. These 24 bytes, big endian,
 * are the additional data of AES-GCM and the plain prefix inside a secretbox.
 *
 *   0          8       12 13 14 15 16      20        24
 *   | transfer | index |B |O |C |E | plain | payload |
 *
 * B base type, O oriented type, C compression, E cipher; plain and payload are lengths before and after compression.
 */

import { TreecastError } from '../system/errors.ts'
import type { BaseType, Compression, OrientedType, SealingCipher } from '../wire/codes.ts'

export const PACKET_BINDING_BYTES = 24

export interface PacketBinding {
  readonly transfer: number
  readonly index: number
  readonly baseType: BaseType
  readonly orientedType: OrientedType
  readonly compression: Compression
  readonly cipher: SealingCipher
  readonly plainBytes: number
  readonly payloadBytes: number
}

/** @throws E_PACKET_INDEX as nonceOf */
export function encodePacketBinding(binding: PacketBinding): Uint8Array {
  assertIndex(binding.index)
  const bytes = new Uint8Array(PACKET_BINDING_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(binding.transfer))
  view.setUint32(8, binding.index)
  view.setUint8(12, binding.baseType)
  view.setUint8(13, binding.orientedType)
  view.setUint8(14, binding.compression)
  view.setUint8(15, binding.cipher)
  view.setUint32(16, binding.plainBytes)
  view.setUint32(20, binding.payloadBytes)
  return bytes
}

/**
 * The nonce: base type first, index last, zeros between. Unique under one content key as long as one packet is sealed to one cipher text;
 * sealing again gives the same one, or is not sent.
 * @throws E_PACKET_INDEX when the index does not fit its 32 bits: it would wrap round and use a nonce twice
 */
export function nonceOf(packet: Pick<PacketBinding, 'baseType' | 'index'>, nonceBytes: number): Uint8Array {
  assertIndex(packet.index)
  const nonce = new Uint8Array(nonceBytes)
  nonce[0] = packet.baseType
  new DataView(nonce.buffer).setUint32(nonceBytes - 4, packet.index)
  return nonce
}

function assertIndex(index: number): void {
  if (Number.isInteger(index) && index >= 0 && index < 2 ** 32) return
  throw new TreecastError('E_PACKET_INDEX', `packet index ${index} is not from 0 to ${2 ** 32 - 1}`, {
    facts: { index },
  })
}
