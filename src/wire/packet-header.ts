/**
 * The fixed head of a PACKET body (treecast-protocol(7), PACKET); the sealed bytes follow it.
 *
 *   0        8       10  11  12      16      20      24      28 29 30   32       48
 *   | transfer | stripe |B|O| index | target | plain | sealed |C|E| 0 | checksum | sealed bytes …
 *
 * B base type, O oriented type, C compression, E cipher. `target` is the handle of the terminal that this copy is for. `checksum` is
 * the first 16 bytes of the sealed digest. Every field must equal what the signed packet table says before the bytes are used.
 */

import { TreecastError } from '../system/errors.ts'

export const PACKET_HEADER_BYTES = 48
export const CHECKSUM_BYTES = 16

export interface PacketHeader {
  readonly transfer: number
  readonly stripe: number
  readonly base: number
  readonly oriented: number
  readonly index: number
  readonly target: number
  readonly plainBytes: number
  readonly sealedBytes: number
  readonly compression: number
  readonly cipher: number
  readonly checksum: Uint8Array
}

/** The 48 bytes of a header. */
export function encodePacketHeader(header: PacketHeader): Uint8Array {
  const bytes = new Uint8Array(PACKET_HEADER_BYTES)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, BigInt(header.transfer))
  view.setUint16(8, header.stripe)
  view.setUint8(10, header.base)
  view.setUint8(11, header.oriented)
  view.setUint32(12, header.index)
  view.setUint32(16, header.target)
  view.setUint32(20, header.plainBytes)
  view.setUint32(24, header.sealedBytes)
  view.setUint8(28, header.compression)
  view.setUint8(29, header.cipher)
  bytes.set(header.checksum.subarray(0, CHECKSUM_BYTES), 32)
  return bytes
}

/**
 * Splits a PACKET body into header and sealed bytes (a view, not a copy).
 * @throws E_PACKET_HEADER when the body is too short, has a wrong length or sets reserved bytes
 */
export function decodePacket(body: Uint8Array): { header: PacketHeader; sealed: Uint8Array } {
  if (body.length < PACKET_HEADER_BYTES) throw bad(`a packet of ${body.length} bytes has no room for its header`)
  const view = new DataView(body.buffer, body.byteOffset, body.byteLength)
  const sealedBytes = view.getUint32(24)
  if (sealedBytes !== body.length - PACKET_HEADER_BYTES)
    throw bad(`a packet says ${sealedBytes} sealed bytes and has others`)
  if (view.getUint16(30) !== 0) throw bad('a packet sets reserved bytes')
  const transfer = view.getBigUint64(0)
  if (transfer > BigInt(Number.MAX_SAFE_INTEGER)) throw bad('a packet names an impossible transfer')
  return {
    header: {
      transfer: Number(transfer),
      stripe: view.getUint16(8),
      base: view.getUint8(10),
      oriented: view.getUint8(11),
      index: view.getUint32(12),
      target: view.getUint32(16),
      plainBytes: view.getUint32(20),
      sealedBytes,
      compression: view.getUint8(28),
      cipher: view.getUint8(29),
      checksum: body.subarray(32, 48),
    },
    sealed: body.subarray(PACKET_HEADER_BYTES),
  }
}

function bad(message: string): TreecastError {
  return new TreecastError('E_PACKET_HEADER', message)
}
