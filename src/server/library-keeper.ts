/**
 * Which contents the library holds and for whom: the files (library.ts) and the network database, kept in step.
 *
 *   comes in ──whole, synced──► named by its digest ──► referred to in the database
 *                 └─ the same bytes are there already ──► referred to, its own are dropped
 *   referred to by nobody: out of the database ──► file removed
 *
 * Guarantee: a content that a transfer refers to in the database is on the disk. A crash between two steps leaves at most a file that
 * nobody refers to, which recover() removes. Steps of different transfers never mix: what one takes away another does not count on.
 */

import type { ContentReference } from '../registry/held-contents.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { PacketCuts } from '../seal/packet-cuts.ts'
import { messageOf } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import { EarlierContent } from '../terminal/earlier-content.ts'
import { haveSameBytes, IncomingBytes, type IncomingBytesOptions, type LikelyTwin } from './incoming-bytes.ts'
import type { Library } from './library.ts'

export interface LibraryKeeperOptions {
  readonly library: Library
  readonly database: NetworkDatabase
  readonly log: Log
}

/** A transfer's reference to a content. */
export interface KeptContent extends Omit<ContentReference, 'digest' | 'isWhole'> {
  /** Hexadecimal. */
  readonly digest: string
}

export class LibraryKeeper {
  readonly #options: LibraryKeeperOptions
  /** By transfer, oldest first: what the database says. */
  readonly #kept = new Map<number, KeptContent>()
  #step: Promise<unknown> = Promise.resolve()

  constructor(options: LibraryKeeperOptions) {
    this.#options = options
  }

  /** Reads what is kept, once, before anything else; mends what a crash has left. */
  async recover(): Promise<void> {
    const { library, database, log } = this.#options
    const here = new Set(await library.digests())
    const ended: number[] = []
    for (const { digest, isWhole, ...reference } of await database.heldContents.references()) {
      this.#kept.set(reference.transfer, { ...reference, digest: toHex(digest) })
      if (!isWhole) ended.push(reference.transfer)
    }
    const lost = this.all().flatMap(({ digest, transfer }) => (here.has(digest) ? [] : [transfer]))
    if (lost.length > 0) log.warn('the library has lost contents', { transfers: lost })
    await this.release([...lost, ...ended])
    const wanted = new Set(this.all().map(({ digest }) => digest))
    for (const digest of here) if (!wanted.has(digest)) await library.removeContent(digest)
  }

  /** Every reference, oldest transfer first. */
  all(): readonly KeptContent[] {
    return [...this.#kept.values()]
  }

  find(transfer: number): KeptContent | undefined {
    return this.#kept.get(transfer)
  }

  /** The newest content that was stored for this destination. */
  newestAt(destination: string): KeptContent | undefined {
    return this.all().findLast((kept) => kept.destination === destination)
  }

  /** What was stored last for this destination, as a place where packets of the next content may be found, known by these proofs. */
  packetsAt(
    destination: string,
    cuts: PacketCuts,
    proof: (bytes: Uint8Array) => Uint8Array,
  ): EarlierContent | undefined {
    const newest = this.newestAt(destination)
    if (newest === undefined) return undefined
    // In the library the entry list is a part of the bytes.
    return new EarlierContent(() => this.#options.library.stream(newest.digest), {
      ...{ cuts, entryListBytes: 0, digestOf: proof },
    })
  }

  /** The bytes that a transfer refers to, for reading. */
  async open(transfer: number): Promise<OpenFile | undefined> {
    const kept = this.#kept.get(transfer)
    return kept && this.#options.library.open(kept.digest)
  }

  /** Where a new content comes in. @throws ENOSPC … */
  async incoming(
    transfer: number,
    destination: string,
    events: Pick<IncomingBytesOptions, 'parted' | 'makeSpace'>,
  ): Promise<IncomingBytes> {
    const twin = await this.#likelyTwin(destination)
    const own = await this.#options.library.create(transfer)
    return new IncomingBytes({ own, twin, ...events })
  }

  /** The whole content, which was synced, is the library's from here on, and the transfer refers to it: durable when this resolves. */
  async adopt(
    transfer: number,
    incoming: IncomingBytes,
    content: { digest: Uint8Array; bytes: number },
  ): Promise<void> {
    const { library } = this.#options
    const { bytes } = content
    const isTwin = await this.#alone(async () => {
      const likely = incoming.twinAt(bytes)
      if (likely === undefined || !this.#isHeld(likely.digest)) return false
      await this.#refer(transfer, { digest: likely.digest, bytes })
      await library.removeIncoming(transfer)
      return true
    })
    if (isTwin) return
    // Outside of the steps: it may have to let go of others for its room.
    if (incoming.sharesTwin) {
      await incoming.part()
      await incoming.syncData()
    }
    const digest = toHex(content.digest)
    await this.#alone(async () => {
      const same = this.#isHeld(digest) ? digest : await this.#sameBytes(incoming, bytes)
      if (same === undefined) await library.name(transfer, digest)
      await this.#refer(transfer, { digest: same ?? digest, bytes })
      if (same !== undefined) await library.removeIncoming(transfer)
    })
  }

  /** These transfers refer to no content any more; what nobody refers to is removed. */
  release(transfers: readonly number[]): Promise<void> {
    const referring = transfers.filter((transfer) => this.#kept.has(transfer))
    if (referring.length === 0) return Promise.resolve()
    return this.#alone(async () => {
      const { library, database } = this.#options
      const dropped = await database.heldContents.release(referring)
      for (const transfer of referring) this.#kept.delete(transfer)
      for (const digest of dropped) await library.removeContent(toHex(digest))
    })
  }

  /** What is being written for a transfer, and what it refers to, is given up. */
  async discard(transfer: number): Promise<void> {
    await this.release([transfer])
    await this.#options.library.remove(transfer)
  }

  async #likelyTwin(destination: string): Promise<LikelyTwin | undefined> {
    const newest = this.newestAt(destination)
    const file = newest && (await this.#options.library.open(newest.digest))
    return file && newest && { digest: newest.digest, bytes: newest.bytes, file }
  }

  async #refer(transfer: number, { digest, bytes }: { digest: string; bytes: number }): Promise<void> {
    const { database } = this.#options
    const sinceMs = await database.heldContents.hold(transfer, { digest: Buffer.from(digest, 'hex'), bytes })
    const destination = (await database.transfers.find(transfer))?.destination ?? ''
    this.#kept.set(transfer, { transfer, destination, digest, bytes, sinceMs })
  }

  #isHeld(digest: string): boolean {
    return this.all().some((kept) => kept.digest === digest)
  }

  /** The digest of a content with the same bytes, which were cut into packets otherwise and have another digest for it. */
  async #sameBytes(incoming: IncomingBytes, bytes: number): Promise<string | undefined> {
    const alike = new Set(this.all().flatMap((kept) => (kept.bytes === bytes ? [kept.digest] : [])))
    for (const digest of alike) {
      const file = await this.#options.library.open(digest)
      if (file === undefined) continue
      try {
        if (await haveSameBytes(incoming, file, bytes)) return digest
      } finally {
        await file.close()
      }
    }
    return undefined
  }

  #alone<T>(work: () => Promise<T>): Promise<T> {
    const step = this.#step.then(work)
    this.#step = step.catch((error: unknown) => {
      this.#options.log.warn('a step of the library failed', { error: messageOf(error) })
    })
    return step
  }
}

function toHex(digest: Uint8Array): string {
  return Buffer.from(digest).toString('hex')
}
