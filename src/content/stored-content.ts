/**
 * One transfer's content in a file, with the packet tables that describe it: where each packet lies, what it must be, and which are here.
 * The main server's library and a terminal's staging are both this.
 *
 * Guarantee: a packet is in `held` only after its bytes were written; in `durable` only after a sync that followed the write.
 */

import { mostPacketBytes } from '../seal/packet-cuts.ts'
import type { PacketFacts, PacketTable } from '../seal/packet-table.ts'
import { invariant } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import { BASE_TYPE, type BaseType, type Cut, ORIENTED_TYPE, type OrientedType } from '../wire/codes.ts'
import { isZero } from './holes.ts'
import { PacketSet } from './packet-set.ts'

export interface PacketPlace {
  readonly facts: PacketFacts
  /** Where the plain bytes start in the content. */
  readonly offset: number
  readonly types: PacketTypes
}

export interface PacketTypes {
  readonly baseType: BaseType
  readonly orientedType: OrientedType
}

/** What the packet that starts at `offset` is made of, in a content that begins with an entry list of so many bytes. */
export function packetTypes(offset: number, entryListBytes: number): PacketTypes {
  if (offset < entryListBytes) return ENTRY_LIST
  return entryListBytes > 0 ? FILES : FILE
}

const ENTRY_LIST: PacketTypes = { baseType: BASE_TYPE.entryList, orientedType: ORIENTED_TYPE.entries }
const FILE: PacketTypes = { baseType: BASE_TYPE.content, orientedType: ORIENTED_TYPE.file }
const FILES: PacketTypes = { baseType: BASE_TYPE.content, orientedType: ORIENTED_TYPE.files }

export type TableRefusal = 'not the next' | 'behind the last' | 'across the end of the entry list' | 'too long packets'

/** What the tables of a content must keep to. */
export interface ContentShape {
  readonly entryListBytes: number
  readonly mostPacketBytes: number
}

/** The shape of a content whose signed description says this. */
export function shapeOf(facts: {
  readonly entryList: { readonly bytes: number } | null
  readonly cut: Cut
  readonly packetBytes: number
}): ContentShape {
  const { entryList, cut, packetBytes } = facts
  return { entryListBytes: entryList?.bytes ?? 0, mostPacketBytes: mostPacketBytes(cut, packetBytes) }
}

/** Where the plain bytes are. */
export type ContentFile = Pick<OpenFile, 'read' | 'write' | 'syncData' | 'close'>

/** A content of which only the tables are kept here, or whose bytes are somebody else's to change. */
export type UnwrittenFile = Pick<OpenFile, 'read' | 'close'>

/** The bytes of a content of which only the tables are here. */
export const NO_BYTES: UnwrittenFile = {
  read: async () => new Uint8Array(0),
  close: async () => undefined,
}

export class StoredContent {
  readonly #file: ContentFile | UnwrittenFile
  readonly #shape: ContentShape
  readonly #tables: Uint8Array[] = []
  readonly #places: PacketPlace[] = []
  readonly held: PacketSet
  #durable: PacketSet
  #heldBytes = 0
  #heldListBytes = 0
  #last: PacketTable | undefined

  /** `durable`: packets known to have survived from an earlier run; their tables are added next. */
  constructor(file: ContentFile | UnwrittenFile, shape: ContentShape, durable = new PacketSet()) {
    this.#file = file
    this.#shape = shape
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

  /** Plain bytes of all packets described so far. */
  get knownBytes(): number {
    return this.#endOfKnown()
  }

  /** Whether the entry list that the content begins with is here. */
  get entryListHeld(): boolean {
    return this.#heldListBytes === this.#shape.entryListBytes
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
  addTable(table: PacketTable, signedBytes: Uint8Array): TableRefusal | undefined {
    if (this.#last !== undefined) return 'behind the last'
    if (table.segment !== this.#tables.length || table.firstPacket !== this.#places.length) return 'not the next'
    let offset = this.#places.length === 0 ? 0 : this.#endOfKnown()
    if (table.bytesBefore !== offset) return 'not the next'
    if (table.packets.some(({ plainBytes }) => plainBytes > this.#shape.mostPacketBytes)) return 'too long packets'
    if (this.#crossesListEnd(table)) return 'across the end of the entry list'
    for (const facts of table.packets) {
      const place = { facts, offset, types: packetTypes(offset, this.#shape.entryListBytes) }
      if (this.held.has(this.#places.length)) this.#count(place)
      this.#places.push(place)
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
    if (!isZero(plain)) await this.#written.write(place.offset, plain)
    if (this.held.add(index)) this.#count(place)
  }

  /** Notes a packet whose plain bytes were written at their place before its table was there. */
  markHeld(index: number): void {
    const place = this.#places[index]
    invariant(place !== undefined, 'a held packet is in a table')
    if (this.held.add(index)) this.#count(place)
  }

  /** The plain bytes of a packet that is held. */
  async read(index: number): Promise<Uint8Array> {
    const place = this.#places[index]
    invariant(place !== undefined && this.held.has(index), 'only a held packet is read')
    const { plainBytes } = place.facts
    const plain = await this.#file.read(place.offset, plainBytes)
    if (plain.length === plainBytes) return plain
    // The file ends in a hole.
    const whole = new Uint8Array(plainBytes)
    whole.set(plain)
    return whole
  }

  /**
   * Makes all that is held now durable, by fdatasync or by what `syncs` the bytes and more.
   * @returns the packets that are durable, for the state file; an error of the disk fails the delivery, never retried
   */
  async sync(syncs = () => this.#written.syncData()): Promise<Uint8Array> {
    const covered = this.held.toBytes()
    await syncs()
    this.#durable = new PacketSet(covered)
    return covered
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  get #written(): ContentFile {
    invariant('write' in this.#file, 'what is only read is not written')
    return this.#file
  }

  #count({ facts, types }: PacketPlace): void {
    this.#heldBytes += facts.plainBytes
    if (types.baseType === BASE_TYPE.entryList) this.#heldListBytes += facts.plainBytes
  }

  #crossesListEnd({ bytesBefore, packets }: PacketTable): boolean {
    const { entryListBytes } = this.#shape
    let offset = bytesBefore
    for (const { plainBytes } of packets) {
      if (offset >= entryListBytes) return false
      offset += plainBytes
      if (offset > entryListBytes) return true
    }
    return false
  }

  #endOfKnown(): number {
    const end = this.#places[this.#places.length - 1]
    return end === undefined ? 0 : end.offset + end.facts.plainBytes
  }
}
