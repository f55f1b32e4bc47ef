/**
 * Content on its way into the library: a stream of bytes is cut into packets, sealed, stored, and described by segment tables as it
 * comes, so that relaying starts with the first segment and not after the upload.
 *
 *   bytes → packet full → digest, compress, seal, digest → written to the library's file
 *                                       segment full → table signed → its packets may be served
 *       no more bytes → closing table signed ··· library durable ···► released: the content can be complete elsewhere
 *
 * Guarantee: a table is signed only for packets whose bytes were written. Nobody gets the last table, which has no packets, before
 * release(): a content is complete at no terminal while a crash of the main server could still lose it.
 */

import { isZero } from '../content/holes.ts'
import { packetTypes, type StoredContent } from '../content/stored-content.ts'
import {
  afterPacket,
  type CompressionChoice,
  type CompressionWish,
  compressionFor,
} from '../seal/compression-choice.ts'
import { ContentDigest } from '../seal/content-digest.ts'
import type { PacketCuts } from '../seal/packet-cuts.ts'
import type { PacketTable } from '../seal/packet-table.ts'
import { encodePacketTable, type SignBytes } from '../seal/packet-table-codec.ts'
import { type SealedPacket, sealPacket } from '../seal/sealer.ts'
import { segmentBytes } from '../seal/segments.ts'
import { invariant } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import type { SealingFacts } from '../terminal/sealing-facts.ts'
import { BASE_TYPE } from '../wire/codes.ts'

export interface IntakeOptions {
  readonly file: OpenFile
  readonly content: StoredContent
  readonly sealing: SealingFacts
  readonly cuts: PacketCuts
  /** How much of the beginning is the entry list: no packet reaches beyond its end. */
  readonly entryListBytes: number
  readonly compression: CompressionWish
  readonly signTable: SignBytes
  /** A segment can be served: its table, and its packets as they were sealed. */
  readonly segmentReady: (segment: number, packets: readonly SealedPacket[]) => void
}

/** The last table of a content: with it, the content can be complete. */
export interface ClosingTable {
  readonly contentDigest: Uint8Array
  /** As it travels, and as the library keeps it. */
  readonly signed: Uint8Array
  /** Gives it to whoever waits for it. */
  release(): void
}

export class ContentIntake {
  readonly #options: IntakeOptions
  readonly #digest = new ContentDigest()
  #choice: CompressionChoice
  /** The bytes behind the last packet. */
  readonly #buffer: Uint8Array
  #filledBytes = 0
  #segment: SealedPacket[] = []
  #segmentPlainBytes = 0
  #packets = 0
  #bytes = 0

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#choice = compressionFor(options.compression)
    this.#buffer = new Uint8Array(options.cuts.mostBytes)
  }

  /** Plain bytes taken in so far. */
  get bytes(): number {
    return this.#bytes + this.#filledBytes
  }

  /** Takes the next bytes; calls must not overlap. */
  async add(bytes: Uint8Array): Promise<void> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#roomBytes - this.#filledBytes)
      this.#buffer.set(part, this.#filledBytes)
      this.#filledBytes += part.length
      at += part.length
      while (this.#filledBytes > 0 && this.#filledBytes === this.#roomBytes) await this.#seal()
    }
  }

  /** How many bytes it takes to know where the next packet ends. */
  get #roomBytes(): number {
    const { cuts, entryListBytes } = this.#options
    return this.#bytes < entryListBytes ? Math.min(cuts.mostBytes, entryListBytes - this.#bytes) : cuts.mostBytes
  }

  /** No more bytes: signs the closing table, which nobody gets before it is released. */
  async end(): Promise<ClosingTable> {
    while (this.#filledBytes > 0) await this.#seal()
    if (this.#segment.length > 0) this.#closeSegment()
    const { content } = this.#options
    const contentDigest = this.#digest.digest()
    const table = this.#tableOf([], { contentBytes: this.#bytes, contentDigest })
    const signed = encodePacketTable(table, this.#options.signTable)
    const release = () => {
      invariant(content.addTable(table, signed) === undefined, 'the closing table is released once, as the last')
      this.#options.segmentReady(table.segment, [])
    }
    return { contentDigest, signed, release }
  }

  async #seal(): Promise<void> {
    const { file, sealing, entryListBytes, cuts } = this.#options
    if (this.#segmentPlainBytes >= segmentBytes(this.#options.content.segments)) this.#closeSegment()
    const plain = this.#buffer.subarray(0, cuts.packetAt(this.#buffer.subarray(0, this.#filledBytes)))
    const packet = sealPacket({
      ...sealing,
      index: this.#packets,
      ...packetTypes(this.#bytes, entryListBytes),
      compression: this.#choice.compression,
      plain,
    })
    this.#choice = afterPacket(this.#choice, packet)
    if (!isZero(plain)) await file.write(this.#bytes, plain)
    this.#digest.add(packet)
    this.#segment.push(packet)
    this.#segmentPlainBytes += plain.length
    this.#packets++
    this.#bytes += plain.length
    this.#buffer.copyWithin(0, plain.length, this.#filledBytes)
    this.#filledBytes -= plain.length
  }

  #closeSegment(): void {
    const { content, signTable, segmentReady } = this.#options
    const packets = this.#segment
    const table = this.#tableOf(packets, undefined)
    invariant(content.addTable(table, encodePacketTable(table, signTable)) === undefined, 'tables are made in order')
    for (const { index } of packets) content.markHeld(index)
    this.#segment = []
    this.#segmentPlainBytes = 0
    segmentReady(table.segment, packets)
  }

  #tableOf(packets: readonly SealedPacket[], last: PacketTable['last']): PacketTable {
    const { content, sealing } = this.#options
    return {
      baseType: BASE_TYPE.content,
      transfer: sealing.transfer,
      segment: content.segments,
      firstPacket: this.#packets - packets.length,
      bytesBefore: this.#bytes - this.#segmentPlainBytes,
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
