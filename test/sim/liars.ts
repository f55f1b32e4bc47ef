/**
 * Terminals that break the protocol with their own real keys: the real code runs, and what it sends is changed on its way out.
 *
 *   alters   changes packets and seals them again under the content key     hoards   acks and sends nothing on
 *   swaps    sends another packet's bytes for the one that was asked for    doubles  sends every packet twice
 *   forgets  its disk loses what is written: it gives receipts for what it lacks
 *   boasts   sends a receipt for made-up content as soon as it is asked
 */

import { createHash } from 'node:crypto'
import type { Identity } from '../../src/identity/identity.ts'
import { SIGNING_CONTEXT, signBytes } from '../../src/identity/signed.ts'
import type { Frame } from '../../src/link/link.ts'
import { unwrapKey } from '../../src/seal/key-wrap.ts'
import { openPacket, sealPacket } from '../../src/seal/sealer.ts'
import { BASE_TYPE, type Compression, ORIENTED_TYPE, type SealingCipher } from '../../src/wire/codes.ts'
import { MESSAGE } from '../../src/wire/message-types.ts'
import { decodeMessage, encodeMessage } from '../../src/wire/messages.ts'
import { decodePacket, encodePacketHeader, type PacketHeader } from '../../src/wire/packet-header.ts'
import { decodeManifest, decodeTicket, encodeReceipt } from '../../src/wire/signed-documents.ts'
import type { OutgoingFrame, WatchedLink } from './watched-network.ts'

export type LiarKind = 'alters' | 'hoards' | 'swaps' | 'doubles' | 'forgets' | 'boasts'

export interface LiarOptions {
  readonly kind: LiarKind
  readonly identity: Identity
  /** The secret that this terminal shares with the main server. */
  readonly shared: Uint8Array
  /** The control connection, while there is one. */
  readonly control: () => WatchedLink | undefined
}

export class Liar {
  readonly #options: LiarOptions
  readonly #keys = new Map<number, Uint8Array>()
  /** The last packet that passed, whatever transfer it is of. */
  #other: { header: PacketHeader; sealed: Uint8Array } | undefined

  constructor(options: LiarOptions) {
    this.#options = options
  }

  /** What it sends in place of `frame`. */
  outgoing(frame: OutgoingFrame): readonly OutgoingFrame[] {
    const packet = contentPacket(frame)
    if (packet === undefined) return [frame]
    switch (this.#options.kind) {
      case 'hoards':
        return []
      case 'doubles':
        return [frame, frame]
      case 'alters':
        return [this.#altered(packet) ?? frame]
      case 'swaps':
        return [this.#swapped(packet) ?? frame]
      default:
        return [frame]
    }
  }

  /** Looks for the content keys in what the terminal is sent. */
  incoming({ type, body }: Frame): void {
    if (type !== MESSAGE.transportRequest && type !== MESSAGE.deliver) return
    const request = decodeMessage(type === MESSAGE.deliver ? 'deliver' : 'transportRequest', body)
    const { transfer, bytes } = decodeManifest(request.manifest.payload)
    const key = unwrapKey(decodeTicket(request.ticket.payload).wrappedKey, this.#options.shared)
    if (key !== undefined) this.#keys.set(transfer, key)
    if (this.#options.kind === 'boasts') this.#boast(transfer, bytes ?? 0)
  }

  #altered({ header, sealed }: { header: PacketHeader; sealed: Uint8Array }): OutgoingFrame | undefined {
    const key = this.#keys.get(header.transfer)
    if (key === undefined || header.plainBytes === 0) return undefined
    const facts = {
      key,
      cipher: header.cipher as SealingCipher,
      transfer: header.transfer,
      index: header.index,
      baseType: BASE_TYPE.content,
      orientedType: ORIENTED_TYPE.file,
      compression: header.compression as Compression,
    }
    const plain = openPacket({ ...facts, plainBytes: header.plainBytes, sealedBytes: sealed.length, sealed })
    plain[0] = (plain[0] ?? 0) ^ 1
    const again = sealPacket({ ...facts, plain })
    return packetFrame({ ...header, sealedBytes: again.sealed.length, checksum: again.sealedDigest }, again.sealed)
  }

  #swapped(packet: { header: PacketHeader; sealed: Uint8Array }): OutgoingFrame | undefined {
    const { header } = packet
    const other = this.#other
    this.#other = { header, sealed: packet.sealed.slice() }
    if (other === undefined || (other.header.index === header.index && other.header.transfer === header.transfer)) {
      return undefined
    }
    return packetFrame({ ...header, sealedBytes: other.sealed.length, checksum: other.header.checksum }, other.sealed)
  }

  #boast(transfer: number, bytes: number): void {
    const { identity, control } = this.#options
    const contentDigest = createHash('sha256').update('nothing').digest()
    const payload = encodeReceipt({ transfer, node: identity.nodeId, contentDigest, bytes, elapsedMs: 1, diskMs: 0 })
    const receipt = signBytes(identity.keys, SIGNING_CONTEXT.receipt, payload)
    control()?.inner.send(
      MESSAGE.receipt,
      encodeMessage('receipt', { receipt, state: 'active', error: null, hook: false }),
    )
  }
}

/** The packet of content in a frame; undefined for any other frame. */
export function contentPacket({
  type,
  parts,
}: OutgoingFrame): { header: PacketHeader; sealed: Uint8Array } | undefined {
  if (type !== MESSAGE.packet) return undefined
  const { header, sealed } = decodePacket(parts.length === 1 ? (parts[0] as Uint8Array) : Buffer.concat(parts))
  return header.base === BASE_TYPE.content ? { header, sealed } : undefined
}

function packetFrame(header: PacketHeader, sealed: Uint8Array): OutgoingFrame {
  return { type: MESSAGE.packet, parts: [encodePacketHeader(header), sealed] }
}
