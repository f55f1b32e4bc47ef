/**
 * What lies at a content's destination, read as one stream of bytes: the files there one behind another, in the order in which a push of
 * the same folder sends them. So a content that was pushed before is the same stream here, and cuts that follow its bytes fall alike.
 *
 * Guarantees: nothing is changed, no link is followed. What cannot be read is left out, or reads as nothing.
 */

import { join } from 'node:path'
import type { FileStat, Files, OpenFile } from '../system/files.ts'
import { giveBack, unsetBytes } from '../system/packet-memory.ts'
import { LIMITS } from '../wire/limits.ts'

/** Small files read at the same time. */
const READS_AT_ONCE = 32

interface EarlierFile {
  readonly path: string
  /** Where it begins in the stream. */
  readonly offset: number
  readonly bytes: number
}

interface KeptFile {
  readonly of: EarlierFile
  readonly open: OpenFile
}

export interface EarlierPlace {
  readonly files: Files
  readonly paths: readonly string[]
  /** Whether looking for more would take too long. */
  readonly isLate: () => boolean
}

/** The files at these paths and below them: all, or as many as there was time and room for. */
export async function listEarlierFiles(place: EarlierPlace): Promise<EarlierFiles> {
  const found: EarlierFile[] = []
  for (const path of place.paths) await collect(place, path, found)
  return new EarlierFiles(place.files, found)
}

export class EarlierFiles {
  readonly #files: Files
  readonly #found: readonly EarlierFile[]
  /** The file that the last read ended in: the next one most likely begins in it. */
  #kept: KeptFile | undefined

  constructor(files: Files, found: readonly EarlierFile[]) {
    this.#files = files
    this.#found = found
  }

  /** Length of the stream. */
  get bytes(): number {
    const last = this.#found.at(-1)
    return last === undefined ? 0 : last.offset + last.bytes
  }

  /** Bytes from `at`, in memory of their own; others where a file has changed: whoever uses them checks them. Calls must not overlap. */
  async read(at: number, length: number): Promise<Uint8Array> {
    const end = Math.min(this.bytes, at + length)
    const bytes = unsetBytes(Math.max(0, end - at)).fill(0)
    for (let index = this.#indexAt(at); index < this.#found.length; index += READS_AT_ONCE) {
      const batch = this.#found.slice(index, index + READS_AT_ONCE).filter((file) => file.offset < end)
      if (batch.length === 0) break
      const kept = await Promise.all(batch.map((file) => this.#readInto(bytes, file, { at, end })))
      await this.#keep(kept.find((one) => one !== undefined))
    }
    return bytes
  }

  async close(): Promise<void> {
    const kept = this.#kept
    this.#kept = undefined
    await kept?.open.close()
  }

  /** @returns the file, when it goes on behind `end` */
  async #readInto(into: Uint8Array, of: EarlierFile, part: { at: number; end: number }): Promise<KeptFile | undefined> {
    const from = Math.max(part.at, of.offset)
    const fileEnd = of.offset + of.bytes
    try {
      const isKept = this.#kept?.of === of
      const open = isKept ? (this.#kept as KeptFile).open : await this.#files.open(of.path, 'read')
      try {
        const piece = await open.read(from - of.offset, Math.min(part.end, fileEnd) - from)
        into.set(piece, from - part.at)
        giveBack(piece)
      } finally {
        if (!isKept && fileEnd <= part.end) await open.close()
      }
      return fileEnd > part.end ? { of, open } : undefined
    } catch {
      // It is only a help: what cannot be read is fetched.
      return undefined
    }
  }

  async #keep(next: KeptFile | undefined): Promise<void> {
    if (next === undefined || next.open === this.#kept?.open) return
    await this.close()
    this.#kept = next
  }

  /** Index of the file that holds the byte at `at`. */
  #indexAt(at: number): number {
    let [low, high] = [0, this.#found.length]
    while (low < high) {
      const middle = (low + high) >> 1
      const file = this.#found[middle] as EarlierFile
      if (file.offset + file.bytes <= at) low = middle + 1
      else high = middle
    }
    return low
  }
}

async function collect(place: EarlierPlace, path: string, found: EarlierFile[]): Promise<void> {
  const stat = await statOf(place.files, path)
  if (stat?.kind === 'file') add(found, path, stat.bytes)
  else if (stat?.kind === 'folder') await collectFolder(place, path, found)
}

async function collectFolder(place: EarlierPlace, folder: string, found: EarlierFile[]): Promise<void> {
  const { files, isLate } = place
  const names = (await files.list(folder).catch(() => [])).sort()
  for (let at = 0; at < names.length && found.length < LIMITS.earlierFiles && !isLate(); at += READS_AT_ONCE) {
    const paths = names.slice(at, at + READS_AT_ONCE).map((name) => join(folder, name))
    const stats = await Promise.all(paths.map((path) => statOf(files, path)))
    for (const [k, path] of paths.entries()) {
      const stat = stats[k]
      if (stat?.kind === 'file') add(found, path, stat.bytes)
      else if (stat?.kind === 'folder') await collectFolder(place, path, found)
    }
  }
}

function add(found: EarlierFile[], path: string, bytes: number): void {
  if (bytes === 0 || found.length >= LIMITS.earlierFiles) return
  const last = found.at(-1)
  found.push({ path, bytes, offset: last === undefined ? 0 : last.offset + last.bytes })
}

function statOf(files: Files, path: string): Promise<FileStat | undefined> {
  return files.stat(path).catch(() => undefined)
}
