/**
 * The data preparation module 42 of FIG. 2C: makes ready what the children of one transfer want. It knows which packet is held,
 * keeps the sealed bytes that pass through in a bounded window, and seals a packet again from its plain bytes when it has left the window.
 *
 * Guarantee: what it gives out carries the sealed digest of the signed table, so no two cipher texts ever go out under one nonce. It
 * never touches a socket.
 */

import type { PacketPlace, PacketTypes, StoredContent } from '../content/stored-content.ts'
import { digestOf } from '../seal/digests.ts'
import { sealAgain } from '../seal/sealer.ts'
import { giveBack, SharedBytes } from '../system/packet-memory.ts'
import { BASE_TYPE, ORIENTED_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import { fromRanges } from '../wire/packet-ranges.ts'
import { SealedWindow } from './sealed-window.ts'
import type { SealingFacts } from './sealing-facts.ts'
import type { WantedItem, WantedPackets } from './wanted-packets.ts'

/** How much of the memory for sealed packets is for those that were sealed again. */
const SEALED_AGAIN_SHARE = 1 / 3

/** What a data packet or table looks like on its way out. */
export interface PreparedPacket {
  readonly item: WantedItem
  readonly types: PacketTypes
  /** Held for whom it was prepared, who lets it go. */
  readonly sealed: SharedBytes
  readonly plainBytes: number
  readonly compression: number
  readonly cipher: number
  readonly digest: Uint8Array
}

const TABLE: PacketTypes = { baseType: BASE_TYPE.packetTable, orientedType: ORIENTED_TYPE.opaque }

export class Preparation {
  readonly #content: StoredContent
  readonly #sealing: SealingFacts
  /** What passes through. */
  readonly #window: SealedWindow
  /** What children that lag behind were sealed again: they rarely lag alone. */
  readonly #again: SealedWindow
  readonly #children = new Set<WantedPackets>()
  /** Held for good. */
  readonly #tables: { readonly sealed: SharedBytes; readonly digest: Uint8Array }[] = []

  constructor(options: { content: StoredContent; sealing: SealingFacts; windowBytes: number }) {
    this.#content = options.content
    this.#sealing = options.sealing
    this.#again = new SealedWindow(options.windowBytes * SEALED_AGAIN_SHARE)
    this.#window = new SealedWindow(options.windowBytes * (1 - SEALED_AGAIN_SHARE))
  }

  /** Bytes of sealed packets kept in memory. */
  get windowBytes(): number {
    return this.#window.bytes + this.#again.bytes
  }

  addChild(child: WantedPackets): void {
    this.#children.add(child)
  }

  removeChild(child: WantedPackets): void {
    this.#children.delete(child)
    if (this.#children.size > 0) return
    this.#window.clear()
    this.#again.clear()
  }

  /** Notes what a child asks for. @returns false when it asks for more than it may */
  want(child: WantedPackets, base: number, ranges: readonly number[]): boolean {
    for (const index of fromRanges(ranges)) {
      if (!child.add({ base, index }, this.#holds(base, index))) return false
    }
    return true
  }

  /** As want(), for what is held; the rest is returned. Undefined when it asks for more than it may. */
  wantIfHeld(child: WantedPackets, base: number, ranges: readonly number[]): number[] | undefined {
    const notHeld: number[] = []
    for (const index of fromRanges(ranges)) {
      if (!this.#holds(base, index)) notHeld.push(index)
      else if (!child.add({ base, index }, true)) return undefined
      if (notHeld.length > LIMITS.wantedPackets) return undefined
    }
    return notHeld
  }

  /** The child has these packets: what of them it was to be sent, it needs no more. */
  acknowledged(child: WantedPackets, ranges: readonly number[]): void {
    for (const index of fromRanges(ranges, LIMITS.wantedPackets)) child.forget(index)
  }

  /** A segment's table came in. @returns the children that were waiting for it */
  tableArrived(segment: number): WantedPackets[] {
    return this.#arrived({ base: BASE_TYPE.packetTable, index: segment })
  }

  /** A packet came in, checked, and can be sent as these bytes. @returns the children that were waiting for it */
  packetArrived(index: number, sealed: SharedBytes): WantedPackets[] {
    if (this.#children.size > 0) this.#window.put(index, sealed)
    return this.#arrived({ base: BASE_TYPE.content, index })
  }

  /** A packet can be read from now on. @returns the children that asked for it after it came in and before it was stored */
  packetStored(index: number): WantedPackets[] {
    return this.#arrived({ base: BASE_TYPE.content, index })
  }

  /** The bytes to send; undefined when they cannot be made as the signed table has them. */
  async prepare(item: WantedItem): Promise<PreparedPacket | undefined> {
    return item.base === BASE_TYPE.packetTable ? this.#prepareTable(item) : this.#prepareContent(item)
  }

  #holds(base: number, index: number): boolean {
    if (base === BASE_TYPE.packetTable) return this.#content.table(index) !== undefined
    return this.#content.held.has(index) || this.#window.get(index) !== undefined
  }

  #arrived(item: WantedItem): WantedPackets[] {
    const waiting: WantedPackets[] = []
    for (const child of this.#children) if (child.arrived(item)) waiting.push(child)
    return waiting
  }

  #prepareTable(item: WantedItem): PreparedPacket | undefined {
    const table = this.#content.table(item.index)
    if (table === undefined) return undefined
    const known = this.#tables[item.index]
    const { sealed, digest } = known ?? { sealed: new SharedBytes(table), digest: digestOf(table) }
    this.#tables[item.index] = { sealed, digest }
    return { item, types: TABLE, sealed: sealed.hold(), plainBytes: table.length, compression: 0, cipher: 0, digest }
  }

  async #prepareContent(item: WantedItem): Promise<PreparedPacket | undefined> {
    const place = this.#content.place(item.index)
    if (place === undefined) return undefined
    const sealed = this.#kept(item.index) ?? (await this.#sealAgain(item.index, place))
    if (sealed === undefined) return undefined
    return {
      item,
      types: place.types,
      sealed,
      plainBytes: place.facts.plainBytes,
      compression: place.facts.compression,
      cipher: this.#sealing.cipher,
      digest: place.facts.sealedDigest,
    }
  }

  #kept(index: number): SharedBytes | undefined {
    return (this.#window.get(index) ?? this.#again.get(index))?.hold()
  }

  async #sealAgain(index: number, { facts, types }: PacketPlace): Promise<SharedBytes | undefined> {
    if (!this.#content.held.has(index)) return undefined
    const plain = await this.#content.read(index)
    // Another child may have got it meanwhile.
    const kept = this.#kept(index)
    const bytes = kept ? undefined : sealAgain({ ...this.#sealing, ...facts, ...types, index, plain })
    giveBack(plain)
    if (bytes === undefined) return kept
    const sealed = new SharedBytes(bytes)
    if (this.#children.size > 0) this.#again.put(index, sealed)
    return sealed
  }
}
