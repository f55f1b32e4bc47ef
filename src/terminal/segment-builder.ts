/**
 * Packets of a content, sealed one after the other and gathered into segments: what a first server makes of the plain bytes. Two first
 * servers with the same bytes and key make the same segments.
 */

import { packetTypes } from '../content/stored-content.ts'
import {
  afterPacket,
  type CompressionChoice,
  type CompressionWish,
  compressionFor,
} from '../seal/compression-choice.ts'
import { ContentDigest } from '../seal/content-digest.ts'
import { PacketCutter, type PacketCutterOptions } from '../seal/packet-cutter.ts'
import type { PacketTable } from '../seal/packet-table.ts'
import { type SealedPacket, sealPacket } from '../seal/sealer.ts'
import { segmentBytes } from '../seal/segments.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import type { SealingFacts } from './sealing-facts.ts'

export interface SegmentOptions extends PacketCutterOptions {
  readonly sealing: SealingFacts
  readonly compression: CompressionWish
}

export interface Segment {
  readonly table: PacketTable
  readonly packets: readonly SealedPacket[]
}

/** A packet that was sealed. */
export interface MadePacket {
  /** Its plain bytes, good until the next is asked for. */
  readonly plain: Uint8Array
  readonly offset: number
  /** The segment before it, when that was full. */
  readonly full: Segment | undefined
}

export class SegmentBuilder {
  readonly #options: SegmentOptions
  readonly #digest = new ContentDigest()
  #choice: CompressionChoice
  readonly #cutter: PacketCutter
  #packets: SealedPacket[] = []
  /** Plain bytes of those. */
  #segmentBytes = 0
  #segments = 0
  #sealedPackets = 0
  #bytes = 0

  constructor(options: SegmentOptions) {
    this.#options = options
    this.#choice = compressionFor(options.compression)
    this.#cutter = new PacketCutter(options)
  }

  /** Plain bytes taken so far. */
  get bytes(): number {
    return this.#cutter.bytes
  }

  /** Takes the next bytes, and seals every packet whose end they show. To be run to its end. */
  *add(bytes: Uint8Array): Generator<MadePacket> {
    for (const plain of this.#cutter.add(bytes)) yield this.#make(plain)
  }

  /** No more bytes: seals what is left. To be run to its end, before end(). */
  *rest(): Generator<MadePacket> {
    for (const plain of this.#cutter.rest()) yield this.#make(plain)
  }

  #make(plain: Uint8Array): MadePacket {
    const offset = this.#bytes
    return { plain, offset, full: this.#seal(plain) }
  }

  #seal(plain: Uint8Array): Segment | undefined {
    const { sealing, entryListBytes } = this.#options
    const full = this.#segmentBytes >= segmentBytes(this.#segments) ? this.#close() : undefined
    const packet = sealPacket({
      ...sealing,
      index: this.#sealedPackets,
      ...packetTypes(this.#bytes, entryListBytes),
      compression: this.#choice.compression,
      plain,
    })
    this.#choice = afterPacket(this.#choice, packet)
    this.#digest.add(packet)
    this.#packets.push(packet)
    this.#segmentBytes += plain.length
    this.#sealedPackets++
    this.#bytes += plain.length
    return full
  }

  /** No more packets. @returns the last segment with packets, if there is one, and the table that ends the content */
  end(): { readonly rest: Segment | undefined; readonly closing: PacketTable; readonly contentDigest: Uint8Array } {
    const rest = this.#packets.length > 0 ? this.#close() : undefined
    const contentDigest = this.#digest.digest()
    return { rest, closing: this.#tableOf([], { contentBytes: this.#bytes, contentDigest }), contentDigest }
  }

  #close(): Segment {
    const segment = { table: this.#tableOf(this.#packets, undefined), packets: this.#packets }
    this.#packets = []
    this.#segmentBytes = 0
    this.#segments++
    return segment
  }

  #tableOf(packets: readonly SealedPacket[], last: PacketTable['last']): PacketTable {
    return {
      baseType: BASE_TYPE.content,
      transfer: this.#options.sealing.transfer,
      segment: this.#segments,
      firstPacket: this.#sealedPackets - packets.length,
      bytesBefore: this.#bytes - this.#segmentBytes,
      packets: packets.map(({ plainBytes, sealed, compression, plainDigest, sealedDigest }) => ({
        plainBytes,
        sealedBytes: sealed.length,
        compression,
        plainDigest,
        sealedDigest,
      })),
      last,
    }
  }
}
