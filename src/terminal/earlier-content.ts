/**
 * What lies at the destination of a transfer already: packets of the new content that are the same bytes at the same place need not be
 * fetched again.
 *
 * Guarantee: bytes are handed out only when they have the digest that the main server signed for their packet, so it does not matter who
 * has written the file, or writes it meanwhile. Nothing is changed.
 */

import { join } from 'node:path'
import type { Inbox } from '../content/inbox.ts'
import type { PacketPlace } from '../content/stored-content.ts'
import { hasDigest } from '../seal/digests.ts'
import type { Files, OpenFile } from '../system/files.ts'

/** Another content has no packet in common: so many more misses than hits, and the rest is not read. */
const HOPELESS_MISSES = 8

export class EarlierContent {
  readonly #file: OpenFile
  #hits = 0
  #misses = 0
  #closed = false

  constructor(file: OpenFile) {
    this.#file = file
  }

  /** The packet's plain bytes; undefined when they are not there. @throws what the disk says */
  async find({ facts, offset }: PacketPlace): Promise<Uint8Array | undefined> {
    if (this.#closed) return undefined
    const bytes = await this.#file.read(offset, facts.plainBytes)
    const found = bytes.length === facts.plainBytes && hasDigest(bytes, facts.plainDigest)
    if (found) this.#hits++
    else this.#misses++
    if (this.#misses > this.#hits + HOPELESS_MISSES) await this.close()
    return found ? bytes : undefined
  }

  async close(): Promise<void> {
    if (this.#closed) return
    this.#closed = true
    await this.#file.close()
  }
}

/** The file at the destination; undefined when there is none that can be read. */
export async function openEarlier(
  files: Files,
  inbox: Inbox,
  destination: string,
): Promise<EarlierContent | undefined> {
  const path = join(inbox.folder, destination)
  try {
    if ((await files.stat(path))?.kind !== 'file') return undefined
    return new EarlierContent(await files.open(path, 'read'))
  } catch {
    // It is only a help: what cannot be read is fetched.
    return undefined
  }
}
