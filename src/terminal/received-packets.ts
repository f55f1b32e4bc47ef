/**
 * Judges the packet tables and packets of one transfer that peers sent, and stores what passes. From whom they came, and whether they were
 * asked for, is reception.ts's business.
 *
 *   packet ──checks (packet-checks.ts)──► storing ──written──► held, and with it every packet of the same bytes
 *      └── fails one ──► refused
 *
 * A segment's packets are looked for on this terminal (local-packets.ts) as soon as its table is here, before anybody is asked for them.
 *
 * Guarantees: nothing reaches the disk before it passed every check; each packet is written once.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { decodePacketTable, type VerifyBytes } from '../seal/packet-table-codec.ts'
import { TreecastError } from '../system/errors.ts'
import { giveBack, SharedBytes } from '../system/packet-memory.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import { LocalPackets } from './local-packets.ts'
import type { PacketsHere } from './own-content.ts'
import { isAsSigned, isSealedAsSigned, openChecked } from './packet-checks.ts'
import type { PacketFinder } from './packet-finder.ts'
import type { SealingFacts } from './sealing-facts.ts'
import type { WholeContent } from './whole-content.ts'

export interface ReceivedPacketsOptions {
  readonly content: StoredContent
  readonly sealing: SealingFacts
  readonly verifyTable: VerifyBytes
  /** Closed by this module. */
  readonly finder: PacketFinder
  readonly events: ReceivedPacketsEvents
}

export interface ReceivedPacketsEvents {
  tableStored(segment: number): void
  /** A packet passed its checks: nobody else need send it. */
  passed(index: number): void
  /** Checked against the sealed digest and fit to be passed on; not yet stored. */
  packetChecked(index: number, sealed: SharedBytes): void
  /** A packet that a peer sent is stored. */
  packetStored(index: number): void
  /** A packet was found here, and stored from there. */
  packetReused(index: number): void
  /** A packet failed a check. */
  refused(): void
  /** More packets may be asked for. */
  ready(): void
  /** Storing failed: this delivery is over. */
  failed(error: unknown): void
}

export class ReceivedPackets {
  readonly #options: ReceivedPacketsOptions
  readonly #local: LocalPackets
  readonly #storing = new Set<number>()
  #storingBytes = 0
  #stopped = false

  constructor(options: ReceivedPacketsOptions) {
    const { content, finder, events } = options
    this.#options = options
    this.#local = new LocalPackets({
      content,
      finder,
      has: (index) => this.has(index),
      reused: (index) => events.packetReused(index),
      ready: () => events.ready(),
      failed: (error) => events.failed(error),
    })
    this.#local.lookFor(content.knownPackets)
  }

  /** Packets below this one are described, and were looked for here. */
  get known(): number {
    return this.#local.known
  }

  /** Plain bytes that are being stored. */
  get storingBytes(): number {
    return this.#storingBytes
  }

  /** Whether a packet is held, being stored, or will be with another of the same bytes. */
  has(index: number): boolean {
    const { content, finder } = this.#options
    return content.held.has(index) || this.#storing.has(index) || this.#local.isStoring(index) || finder.awaits(index)
  }

  /** The next segment's table. @throws E_PACKET_TABLE…, E_TABLE */
  takeTable(bytes: Uint8Array): void {
    const { content, sealing, events, verifyTable } = this.#options
    const table = decodePacketTable(bytes, verifyTable)
    if (table.transfer !== sealing.transfer || content.addTable(table, bytes) !== undefined) {
      throw new TreecastError('E_TABLE', `packet table ${content.segments} belongs elsewhere`)
    }
    events.tableStored(table.segment)
    this.#local.lookFor(content.knownPackets)
    events.ready()
  }

  /** A packet of the content. @returns what became of it; `here`: it is good, and was here already */
  takePacket(header: PacketHeader, sealed: Uint8Array): 'taken' | 'here' | 'refused' {
    const { content, events, sealing } = this.#options
    const { index } = header
    const place = content.place(index)
    if (place === undefined || !isAsSigned({ header, sealed }, place, sealing.cipher)) {
      events.refused()
      return 'refused'
    }
    events.passed(index)
    if (this.has(index)) return 'here'
    this.#take(index, new SharedBytes(sealed))
    return 'taken'
  }

  /**
   * A whole content: takes of it what is not here.
   * @returns whether every packet of it passed its checks
   * @throws E_PACKET_TABLE…, E_TABLE
   */
  takeWhole({ tables, packets }: WholeContent): boolean {
    const { content, events } = this.#options
    for (const bytes of tables.slice(content.segments)) this.takeTable(bytes.slice())
    let refused = 0
    for (const [index, sealed] of packets.entries()) {
      const place = content.place(index)
      if (place === undefined || !isSealedAsSigned(sealed, place)) {
        refused++
        events.refused()
      } else if (!this.has(index)) {
        events.passed(index)
        // Alone in its memory, which is given back.
        this.#take(index, new SharedBytes(sealed.slice()))
      }
    }
    return refused === 0
  }

  /** Every packet that is missing may be here: looks for it there. */
  lookIn(here: PacketsHere): void {
    this.#local.lookIn(here)
  }

  /** What is being stored is finished, and not told any more. */
  stop(): void {
    this.#stopped = true
    this.#local.stop()
  }

  #take(index: number, sealed: SharedBytes): void {
    this.#options.events.packetChecked(index, sealed)
    void this.#store(index, sealed)
  }

  async #store(index: number, sealed: SharedBytes): Promise<void> {
    const { content, events, sealing, finder } = this.#options
    const place = content.place(index)
    if (place === undefined) return
    const { facts } = place
    this.#storing.add(index)
    this.#storingBytes += facts.plainBytes
    try {
      const plain = openChecked(index, place, { sealing, sealed: sealed.bytes })
      sealed.letGo()
      await content.write(index, plain)
      for (const twin of finder.stored(index)) await this.#local.store(twin, plain)
      giveBack(plain)
      if (this.#stopped) return
      events.packetStored(index)
    } catch (error) {
      if (!this.#stopped) events.failed(error)
      return
    } finally {
      this.#storing.delete(index)
      this.#storingBytes -= facts.plainBytes
    }
    events.ready()
  }
}
