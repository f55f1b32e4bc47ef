/**
 * A packet on its way out and in: digest, compress, seal, digest; open, decompress. What a relay does with packets of others' making is
 * nothing of this: it checks the sealed digest (digests.ts) and hands the same bytes on.
 */

import { TreecastError } from '../system/errors.ts'
import { type BaseType, COMPRESSION, type Compression, type OrientedType, type SealingCipher } from '../wire/codes.ts'
import { openPayload, sealOverheadBytes, sealPayload } from './cipher.ts'
import { compress, decompress } from './compression.ts'
import { digestOf, hasDigest } from './digests.ts'
import { MAX_PACKET_BYTES } from './segments.ts'

/** Which packet it is and how its transfer seals. */
export interface PacketIdentity {
  /** The content key, 32 bytes, of this one sealing of this content. */
  readonly key: Uint8Array
  readonly cipher: SealingCipher
  readonly transfer: number
  readonly index: number
  readonly baseType: BaseType
  readonly orientedType: OrientedType
}

export interface PlainPacket extends PacketIdentity {
  /** What to try. Sealing again takes the signed table's, which is what was done the first time. */
  readonly compression: Compression
  readonly plain: Uint8Array
}

export interface SealedPacket {
  readonly index: number
  readonly plainBytes: number
  readonly sealed: Uint8Array
  /** What was done: `none` when the bytes did not shrink. */
  readonly compression: Compression
  readonly cipher: SealingCipher
  readonly plainDigest: Uint8Array
  readonly sealedDigest: Uint8Array
}

/** A packet that came in, with what the signed table says about it. */
export interface ReceivedPacket extends PacketIdentity {
  readonly compression: Compression
  readonly plainBytes: number
  readonly sealedBytes: number
  /** Bytes whose sealed digest was checked: decoders see nothing else. */
  readonly sealed: Uint8Array
}

/**
 * Seals one packet. The same packet always becomes the same bytes.
 * @throws E_PACKET_LENGTH above MAX_PACKET_BYTES, E_PACKET_KEY, E_PACKET_INDEX, E_PACKET_CIPHER, E_PACKET_COMPRESSION
 */
export function sealPacket(packet: PlainPacket): SealedPacket {
  const { index, cipher, plain } = packet
  const plainDigest = digestOf(plain)
  const { compression, sealed } = compressAndSeal(packet)
  return { index, plainBytes: plain.length, sealed, compression, cipher, plainDigest, sealedDigest: digestOf(sealed) }
}

/**
 * The sealed bytes of a packet whose plain bytes are here, for which nothing but the bytes of its first sealing will do: undefined when they
 * are others, because the plain bytes are.
 * @throws as sealPacket
 */
export function sealAgain(packet: PlainPacket & { readonly sealedDigest: Uint8Array }): Uint8Array | undefined {
  const { sealed } = compressAndSeal(packet)
  return hasDigest(sealed, packet.sealedDigest) ? sealed : undefined
}

function compressAndSeal(packet: PlainPacket): { compression: Compression; sealed: Uint8Array } {
  const { index, plain } = packet
  assertPlainLength(index, plain.length)
  const { compression, bytes } = compress(packet.compression, plain)
  const binding = { ...packet, compression, plainBytes: plain.length, payloadBytes: bytes.length }
  return { compression, sealed: sealPayload(packet.key, binding, bytes) }
}

/**
 * The plain bytes of a packet. Their plain digest is not looked at: the caller does (hasDigest), once, where it matters.
 * @throws E_PACKET_LENGTH, E_PACKET_SEAL (changed, or sealed as another packet), E_PACKET_COMPRESSION, E_PACKET_KEY, E_PACKET_INDEX,
 * E_PACKET_CIPHER
 */
export function openPacket(packet: ReceivedPacket): Uint8Array {
  const { index, sealed, plainBytes } = packet
  assertPlainLength(index, plainBytes)
  const payloadBytes = packet.sealedBytes - sealOverheadBytes(packet.cipher)
  if (sealed.length !== packet.sealedBytes || !isPayloadLength(packet.compression, payloadBytes, plainBytes)) {
    throw wrongLength(index, `${sealed.length} sealed bytes of ${packet.sealedBytes} for ${plainBytes} plain ones`)
  }
  const payload = openPayload(packet.key, { ...packet, payloadBytes }, sealed)
  if (payload === undefined) {
    throw new TreecastError('E_PACKET_SEAL', `packet ${index} was changed, or sealed as another packet`, {
      facts: { index },
    })
  }
  return decompress(packet.compression, payload, plainBytes)
}

/** Raw bytes are as long as they are; compressed ones are shorter, or they would be raw. */
function isPayloadLength(compression: Compression, payloadBytes: number, plainBytes: number): boolean {
  if (compression === COMPRESSION.none) return payloadBytes === plainBytes
  return payloadBytes > 0 && payloadBytes < plainBytes
}

function assertPlainLength(index: number, plainBytes: number): void {
  if (Number.isInteger(plainBytes) && plainBytes >= 0 && plainBytes <= MAX_PACKET_BYTES) return
  throw wrongLength(index, `${plainBytes} plain bytes, at most ${MAX_PACKET_BYTES} are allowed`)
}

function wrongLength(index: number, what: string): TreecastError {
  return new TreecastError('E_PACKET_LENGTH', `packet ${index} has a wrong length: ${what}`, { facts: { index } })
}
