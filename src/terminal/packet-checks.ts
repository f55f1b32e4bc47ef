/**
 * What is checked of a packet that a peer sent. Pure.
 *
 * Order of checks: header against the signed table, sealed digest, only then decryption and decompression, of what was compressed the
 * plain digest.
 */

import type { PacketPlace } from '../content/stored-content.ts'
import { hasDigest, sameBytes } from '../seal/digests.ts'
import { openPacket } from '../seal/sealer.ts'
import { TreecastError } from '../system/errors.ts'
import { COMPRESSION } from '../wire/codes.ts'
import { CHECKSUM_BYTES, type PacketHeader } from '../wire/packet-header.ts'
import type { SealingFacts } from './sealing-facts.ts'

/** Whether a packet is what the signed table says of it. The digest last: it costs the most. */
export function isAsSigned(
  { header, sealed }: { readonly header: PacketHeader; readonly sealed: Uint8Array },
  place: PacketPlace,
  cipher: number,
): boolean {
  const { facts, types } = place
  return (
    header.base === types.baseType &&
    header.oriented === types.orientedType &&
    header.plainBytes === facts.plainBytes &&
    header.compression === facts.compression &&
    header.cipher === cipher &&
    sameBytes(header.checksum, facts.sealedDigest.subarray(0, CHECKSUM_BYTES)) &&
    isSealedAsSigned(sealed, place)
  )
}

/** The same of one that came without a header, in a DELIVER. */
export function isSealedAsSigned(sealed: Uint8Array, { facts }: PacketPlace): boolean {
  return sealed.length === facts.sealedBytes && hasDigest(sealed, facts.sealedDigest)
}

/**
 * The bytes of a packet that is as signed, ready for the disk.
 * @throws E_PACKET_DIGEST when it opens to other bytes than its table says, and what opening it throws
 */
export function openChecked(
  index: number,
  { facts, types }: PacketPlace,
  { sealing, sealed }: { sealing: SealingFacts; sealed: Uint8Array },
): Uint8Array {
  const plain = openPacket({ ...sealing, ...facts, ...types, index, sealed })
  // Sealed bytes of a known digest, opened under the key that the manifest commits to, can only be the bytes that were sealed: for
  // those a second digest would find nothing, and cost a relay a sixth of its time. What a decompressor makes of them is checked.
  if (facts.compression !== COMPRESSION.none && !hasDigest(plain, facts.plainDigest))
    throw new TreecastError('E_PACKET_DIGEST', `packet ${index} opens to other bytes than its table says`)
  return plain
}
