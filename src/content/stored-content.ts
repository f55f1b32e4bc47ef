/**
 * One transfer's content in a file, with the packet tables that describe it: where each packet lies, what it must be, and which are here.
 * The main server's library and a terminal's staging are both this.
 *
 * Guarantee: a packet is in `held` only after its bytes were written; in `durable` only after a sync that followed the write.
 */

import type { PacketFacts, PacketTable } from '../seal/packet-table.ts'
import { invariant } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import { PacketSet } from './packet-set.ts'

export interface PacketPlace {
  readonly facts: PacketFacts
  /** Where the plain bytes start in the content. */
  readonly offset: number
}

export class StoredContent {
  readonly #file: OpenFile
  readonly #tables: Uint8Array[] = []
  readonly #places: PacketPlace[] = []
  readonly held: PacketSet
  #durable: PacketSet
  #heldBytes = 0
  #last: PacketTable | undefined

  /** @param durable packets known to have survived from an earlier run; their tables are added next */
  constructor(file: OpenFile, durable: PacketSet = new PacketSet()) {
    this.#file = file
    this.held = new PacketSet(durable.toBytes())
    this.#durable = durable
  }

  /** How many segments' tables are here: also the number of the next one. */
  get segments(): number {
    return this.#tables.length
  }

  /** Packets described so far. */
  get knownPackets(): number {
    return this.#places.length
  }

  /** Plain bytes of the packets held. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** The last segment's table once it is here: it says how long the content is. */
  get last(): PacketTable | undefined {
    return this.#last
  }

  /** Whether every packet of the content is held. */
  get complete(): boolean {
    return this.#last !== undefined && this.held.size === this.#places.length
  }

  /** Whether every packet of the content would survive a power cut. */
  get durable(): boolean {
    return this.#last !== undefined && this.#durable.size === this.#places.length
  }

  /** The signed bytes of a segment's table. */
  table(segment: number): Uint8Array | undefined {
    return this.#tables[segment]
  }

  /** The signed bytes of all tables here, by segment. */
  tables(): readonly Uint8Array[] {
    return this.#tables
  }

  place(index: number): PacketPlace | undefined {
    return this.#places[index]
  }

  /**
   * Adds the next segment's table.
   * @returns why it does not fit, or undefined when it was added
   */
  addTable(table: PacketTable, signedBytes: Uint8Array): 'not the next' | 'behind the last' | undefined {
    if (this.#last !== undefined) return 'behind the last'
    if (table.segment !== this.#tables.length || table.firstPacket !== this.#places.length) return 'not the next'
    let offset = this.#places.length === 0 ? 0 : this.#endOfKnown()
    if (table.bytesBefore !== offset) return 'not the next'
    for (const facts of table.packets) {
      if (this.held.has(this.#places.length)) this.#heldBytes += facts.plainBytes
      this.#places.push({ facts, offset })
      offset += facts.plainBytes
    }
    this.#tables.push(signedBytes)
    if (table.last !== undefined) this.#last = table
    return undefined
  }

  /** Writes a packet's checked plain bytes at their place; harmless when it is held already. */
  async write(index: number, plain: Uint8Array): Promise<void> {
    const place = this.#places[index]
    invariant(place !== undefined && plain.length === place.facts.plainBytes, 'a packet is written as its table says')
    if (this.held.has(index)) return
    await this.#file.write(place.offset, plain)
    if (this.held.add(index)) this.#heldBytes += plain.length
  }

  /** Notes a packet whose plain bytes were written at their place before its table was there. */
  markHeld(index: number): void {
    const place = this.#places[index]
    invariant(place !== undefined, 'a held packet is in a table')
    if (this.held.add(index)) this.#heldBytes += place.facts.plainBytes
  }

  /** The plain bytes of a packet that is held. */
  async read(index: number): Promise<Uint8Array> {
    const place = this.#places[index]
    invariant(place !== undefined && this.held.has(index), 'only a held packet is read')
    return this.#file.read(place.offset, place.facts.plainBytes)
  }

  /**
   * Makes all that is held now durable.
   * @returns the packets that are durable, for the state file; an error of the disk fails the delivery, never retried
   */
  async sync(): Promise<Uint8Array> {
    const covered = this.held.toBytes()
    await this.#file.syncData()
    this.#durable = new PacketSet(covered)
    return covered
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #endOfKnown(): number {
    const end = this.#places[this.#places.length - 1]
    return end === undefined ? 0 : end.offset + end.facts.plainBytes
  }
}
