/**
 * Packets of a new content among the bytes that lie at its destination already: they need not be fetched.
 *
 *   packet ──► where the one before was found, moved on ──► digest holds: found there
 *         └──► in the index of what was cut so far ──► found there; what follows is looked for behind it
 *         └──► cut on, as far as a packet can have moved ──► found, or to be fetched
 *
 * The bytes here are cut as the new content was (seal/packet-cuts.ts), so nothing of an earlier transfer need be remembered, it may have
 * been cut otherwise, and files that came by other ways help too. Where a content has a fixed cut only the first step is taken.
 *
 * Guarantees: bytes are handed out only when they have the digest that the main server signed for their packet, so it does not matter who
 * has written the files, or writes them meanwhile. Memory is bounded, and so is what is read of files that have nothing in common with the
 * content.
 */

import { type EarlierFiles, listEarlierFiles } from '../content/earlier-files.ts'
import type { Inbox } from '../content/inbox.ts'
import type { PacketPlace } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import { digestOf, sameBytes } from '../seal/digests.ts'
import { type PacketCuts, packetCuts } from '../seal/packet-cuts.ts'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import { giveBack } from '../system/packet-memory.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Manifest } from '../wire/signed-documents.ts'

/** So many packets in a row were not where they were expected: it is not tried before one is found again. */
const MISPLACED_PACKETS = 4
/** Of a fixed cut: so many more misses than hits, and the rest is not read. */
const HOPELESS_PACKETS = 8
/** Of a cut by content: so much more missed than a multiple of what was found, and the rest is not read. */
const HOPELESS_BYTES = 64 * 1024 * 1024
const MISSED_FOR_ONE_FOUND = 4
/** A packet that has moved on by no more is found. */
const MOVED_BYTES = 64 * 1024 * 1024
/** At least so much is read at once. */
const PIECE_BYTES = 256 * 1024

/** What is at the content's destination; nothing is looked at before the first packet is sought. */
export function earlierContent(
  { files, inbox, clock }: { readonly files: Files; readonly inbox: Inbox; readonly clock: Clock },
  manifest: Pick<Manifest, 'destination' | 'entryList' | 'cut' | 'packetBytes'>,
): EarlierContent {
  const paths = topsOf(manifest).map(({ destination }) => `${inbox.folder}/${destination}`)
  const list = () => {
    const lateMs = clock.monotonic() + LIMITS.earlierListMs
    return listEarlierFiles({ files, paths, isLate: () => clock.monotonic() > lateMs })
  }
  const cuts = manifest.cut === 'content' ? packetCuts(manifest.cut, manifest.packetBytes) : undefined
  return new EarlierContent(list, { cuts, entryListBytes: manifest.entryList?.bytes ?? 0 })
}

/** A packet: what its bytes are known by, and where it stands in its content. */
export interface SoughtPacket extends Pick<PacketPlace, 'offset' | 'types'> {
  readonly facts: Pick<PacketPlace['facts'], 'plainBytes' | 'plainDigest'>
}

/** The content whose packets are sought. */
export interface SoughtContent {
  /** Undefined for a fixed cut. */
  readonly cuts: PacketCuts | undefined
  /** How much of its beginning is not in the files. */
  readonly entryListBytes: number
  /** What its packets are known by. Default: SHA-256. */
  readonly digestOf?: (bytes: Uint8Array) => Uint8Array
}

export class EarlierContent {
  readonly #list: () => Promise<EarlierFiles>
  #listed: EarlierFiles | undefined
  readonly #cuts: PacketCuts | undefined
  /** By the beginning of their digests: where the packets are that were cut so far. */
  readonly #index = new Map<string, number>()
  #cutBytes = 0
  /** From a place in the new content to the one here. */
  #shift: number
  #misplaced = 0
  #hits = 0
  #misses = 0
  #foundBytes = 0
  #missedBytes = 0
  #closed = false
  readonly #digestOf: (bytes: Uint8Array) => Uint8Array

  constructor(list: () => Promise<EarlierFiles>, content: SoughtContent) {
    this.#list = list
    this.#cuts = content.cuts
    this.#shift = -content.entryListBytes
    this.#digestOf = content.digestOf ?? digestOf
  }

  /** Whether anything may still be found. */
  get isOpen(): boolean {
    return !this.#closed
  }

  /** The packet's plain bytes; undefined when they are not here. Calls must not overlap. */
  async find(place: SoughtPacket): Promise<Uint8Array | undefined> {
    // An entry list is nowhere on the disk.
    if (this.#closed || place.types.baseType !== BASE_TYPE.content) return undefined
    this.#listed ??= await this.#list()
    const there = this.#listed
    if (there.bytes === 0) {
      await this.close()
      return undefined
    }
    const found = (await this.#whereExpected(there, place)) ?? (await this.#elsewhere(there, place))
    if (found === undefined) {
      this.#misses++
      this.#missedBytes += place.facts.plainBytes
      if (this.#isHopeless()) await this.close()
    } else {
      this.#hits++
      this.#foundBytes += place.facts.plainBytes
      this.#misplaced = 0
    }
    return found
  }

  async close(): Promise<void> {
    this.#closed = true
    this.#index.clear()
    await this.#listed?.close()
  }

  async #whereExpected(there: EarlierFiles, place: SoughtPacket): Promise<Uint8Array | undefined> {
    if (this.#cuts !== undefined && this.#misplaced >= MISPLACED_PACKETS) return undefined
    this.#misplaced++
    return this.#readPacket(there, place.offset + this.#shift, place)
  }

  async #elsewhere(there: EarlierFiles, place: SoughtPacket): Promise<Uint8Array | undefined> {
    if (this.#cuts === undefined) return undefined
    const key = keyOf(place.facts.plainDigest)
    const until = Math.min(there.bytes, Math.max(0, place.offset + this.#shift) + MOVED_BYTES)
    while (!this.#index.has(key) && this.#cutBytes < until && !this.#closed) await this.#cutOn(there, this.#cuts)
    const at = this.#index.get(key)
    if (at === undefined) return undefined
    const found = await this.#readPacket(there, at, place)
    if (found !== undefined) this.#shift = at - place.offset
    return found
  }

  /** Cuts the next piece. Short enough to keep nobody waiting. */
  async #cutOn(there: EarlierFiles, { mostBytes, packetAt }: PacketCuts): Promise<void> {
    const piece = await there.read(this.#cutBytes, Math.max(PIECE_BYTES, 2 * mostBytes))
    const isLast = this.#cutBytes + piece.length >= there.bytes
    let from = 0
    while (from < piece.length && (isLast || piece.length - from >= mostBytes)) {
      const packet = piece.subarray(from, from + packetAt(piece.subarray(from)))
      this.#remember(keyOf(this.#digestOf(packet)), this.#cutBytes + from)
      from += packet.length
    }
    this.#cutBytes += from
    giveBack(piece)
  }

  #remember(key: string, at: number): void {
    if (this.#index.has(key)) return
    this.#index.set(key, at)
    if (this.#index.size <= LIMITS.earlierPackets) return
    const [oldest] = this.#index.keys()
    this.#index.delete(oldest as string)
  }

  /** The bytes at `at`, when they are the packet's. */
  async #readPacket(there: EarlierFiles, at: number, { facts }: SoughtPacket): Promise<Uint8Array | undefined> {
    if (at < 0 || at + facts.plainBytes > there.bytes) return undefined
    const bytes = await there.read(at, facts.plainBytes)
    if (sameBytes(this.#digestOf(bytes), facts.plainDigest)) return bytes
    giveBack(bytes)
    return undefined
  }

  #isHopeless(): boolean {
    if (this.#cuts === undefined) return this.#misses > this.#hits + HOPELESS_PACKETS
    return this.#missedBytes > MISSED_FOR_ONE_FOUND * this.#foundBytes + HOPELESS_BYTES
  }
}

/** Enough of a digest to look it up by; what is found is compared with all of it. */
export function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, 8).toString('latin1')
}
