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

import { type EarlierFiles, openEarlierFiles } from '../content/earlier-files.ts'
import type { Inbox } from '../content/inbox.ts'
import type { PacketPlace } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import { digestOf, hasDigest } from '../seal/digests.ts'
import { type PacketCuts, packetCuts } from '../seal/packet-cuts.ts'
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

/** What is at the content's destination; undefined when nothing is. */
export async function openEarlier(
  files: Files,
  inbox: Inbox,
  manifest: Pick<Manifest, 'destination' | 'entryList' | 'cut' | 'packetBytes'>,
): Promise<EarlierContent | undefined> {
  const paths = topsOf(manifest).map(({ destination }) => `${inbox.folder}/${destination}`)
  const there = await openEarlierFiles(files, paths)
  if (there === undefined) return undefined
  const cuts = manifest.cut === 'content' ? packetCuts(manifest.cut, manifest.packetBytes) : undefined
  return new EarlierContent(there, { cuts, entryListBytes: manifest.entryList?.bytes ?? 0 })
}

export class EarlierContent {
  readonly #there: EarlierFiles
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

  constructor(there: EarlierFiles, content: { cuts: PacketCuts | undefined; entryListBytes: number }) {
    this.#there = there
    this.#cuts = content.cuts
    this.#shift = -content.entryListBytes
  }

  /** The packet's plain bytes; undefined when they are not here. */
  async find(place: PacketPlace): Promise<Uint8Array | undefined> {
    // An entry list is nowhere on the disk.
    if (this.#closed || place.types.baseType !== BASE_TYPE.content) return undefined
    const found = (await this.#whereExpected(place)) ?? (await this.#elsewhere(place))
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
    await this.#there.close()
  }

  async #whereExpected(place: PacketPlace): Promise<Uint8Array | undefined> {
    if (this.#cuts !== undefined && this.#misplaced >= MISPLACED_PACKETS) return undefined
    this.#misplaced++
    return this.#readAt(place.offset + this.#shift, place)
  }

  async #elsewhere(place: PacketPlace): Promise<Uint8Array | undefined> {
    if (this.#cuts === undefined) return undefined
    const key = keyOf(place.facts.plainDigest)
    const until = Math.min(this.#there.bytes, Math.max(0, place.offset + this.#shift) + MOVED_BYTES)
    while (!this.#index.has(key) && this.#cutBytes < until && !this.#closed) await this.#cutOn(this.#cuts)
    const at = this.#index.get(key)
    if (at === undefined) return undefined
    const found = await this.#readAt(at, place)
    if (found !== undefined) this.#shift = at - place.offset
    return found
  }

  async #readAt(at: number, { facts }: PacketPlace): Promise<Uint8Array | undefined> {
    if (at < 0 || at + facts.plainBytes > this.#there.bytes) return undefined
    const bytes = await this.#there.read(at, facts.plainBytes)
    if (hasDigest(bytes, facts.plainDigest)) return bytes
    giveBack(bytes)
    return undefined
  }

  /** Cuts the next piece. Short enough to keep nobody waiting. */
  async #cutOn({ mostBytes, packetAt }: PacketCuts): Promise<void> {
    const piece = await this.#there.read(this.#cutBytes, Math.max(PIECE_BYTES, 2 * mostBytes))
    const isLast = this.#cutBytes + piece.length >= this.#there.bytes
    let from = 0
    while (from < piece.length && (isLast || piece.length - from >= mostBytes)) {
      const packet = piece.subarray(from, from + packetAt(piece.subarray(from)))
      this.#remember(keyOf(digestOf(packet)), this.#cutBytes + from)
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

  #isHopeless(): boolean {
    if (this.#cuts === undefined) return this.#misses > this.#hits + HOPELESS_PACKETS
    return this.#missedBytes > MISSED_FOR_ONE_FOUND * this.#foundBytes + HOPELESS_BYTES
  }
}

/** Enough of a digest to look it up by; what is found is compared with all of it. */
export function keyOf(digest: Uint8Array): string {
  return Buffer.from(digest.buffer, digest.byteOffset, 8).toString('latin1')
}
