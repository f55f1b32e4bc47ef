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

import type { ContentFile, StoredContent } from '../content/stored-content.ts'
import type { PacketTable } from '../seal/packet-table.ts'
import { encodePacketTable, type SignBytes } from '../seal/packet-table-codec.ts'
import type { SealedPacket } from '../seal/sealer.ts'
import { invariant } from '../system/errors.ts'
import { type MadePacket, type Segment, SegmentBuilder, type SegmentOptions } from '../terminal/segment-builder.ts'

export interface IntakeOptions extends SegmentOptions {
  /** Where the packets are written, each behind the one before. */
  readonly file: Pick<ContentFile, 'write'>
  readonly content: StoredContent
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
  readonly #segments: SegmentBuilder

  constructor(options: IntakeOptions) {
    this.#options = options
    this.#segments = new SegmentBuilder(options)
  }

  /** Plain bytes taken in so far. */
  get bytes(): number {
    return this.#segments.bytes
  }

  /** Takes the next bytes; calls must not overlap. */
  async add(bytes: Uint8Array): Promise<void> {
    for (const made of this.#segments.add(bytes)) await this.#write(made)
  }

  /** No more bytes: signs the closing table, which nobody gets before it is released. */
  async end(): Promise<ClosingTable> {
    for (const made of this.#segments.rest()) await this.#write(made)
    const { rest, closing, contentDigest } = this.#segments.end()
    if (rest !== undefined) this.#ready(rest)
    const signed = encodePacketTable(closing, this.#options.signTable)
    const release = () => {
      this.#add(closing, signed)
      this.#options.segmentReady(closing.segment, [])
    }
    return { contentDigest, signed, release }
  }

  async #write({ plain, offset, full }: MadePacket): Promise<void> {
    if (full !== undefined) this.#ready(full)
    await this.#options.file.write(offset, plain)
  }

  #ready({ table, packets }: Segment): void {
    const { content, signTable, segmentReady } = this.#options
    this.#add(table, encodePacketTable(table, signTable))
    for (const { index } of packets) content.markHeld(index)
    segmentReady(table.segment, packets)
  }

  #add(table: PacketTable, signed: Uint8Array): void {
    invariant(this.#options.content.addTable(table, signed) === undefined, 'tables are made in order, the last once')
  }
}
