/**
 * The one stream of a content of folders, read at any offset from where its files lie: the entry list, then the files' bytes in the order
 * of their entries. What is read is what is there now; whether it is still what was described, its reader finds out by digests.
 */

import type { OpenFile } from '../system/files.ts'
import type { Entry } from './entries.ts'
import { type FileExtent, fileExtents } from './file-extents.ts'

export type ReadableStream = Pick<OpenFile, 'read' | 'close'>

export interface TreeStreamOptions {
  readonly entries: readonly Entry[]
  /** The encoded entry list. */
  readonly list: Uint8Array
  /** Opens the file of an entry. */
  readonly open: (entry: number) => Promise<ReadableStream>
}

export class TreeStream implements ReadableStream {
  readonly #options: TreeStreamOptions
  readonly #extents: readonly FileExtent[]
  /** The file read last: a stream is mostly read in order. */
  #opened: { readonly entry: number; readonly file: ReadableStream } | undefined
  #reading: Promise<unknown> = Promise.resolve()

  constructor(options: TreeStreamOptions) {
    this.#options = options
    this.#extents = [...fileExtents(options.entries, options.list.length)].filter(({ bytes }) => bytes > 0)
  }

  /** As OpenFile.read(); shorter also where a file has become shorter. */
  read(at: number, length: number): Promise<Uint8Array> {
    const reading = this.#reading.then(() => this.#read(at, length))
    this.#reading = reading.catch(() => undefined)
    return reading
  }

  async close(): Promise<void> {
    await this.#reading
    await this.#opened?.file.close()
    this.#opened = undefined
  }

  async #read(at: number, length: number): Promise<Uint8Array> {
    const { list } = this.#options
    const bytes = new Uint8Array(length)
    let filled = 0
    if (at < list.length) {
      const part = list.subarray(at, at + length)
      bytes.set(part)
      filled = part.length
    }
    for (let k = this.#find(at + filled); filled < length && k < this.#extents.length; k++) {
      const { entry, offset, bytes: fileBytes } = this.#extents[k] as FileExtent
      const from = at + filled - offset
      const file = await this.#open(entry)
      const part = await file.read(from, Math.min(length - filled, fileBytes - from))
      bytes.set(part, filled)
      filled += part.length
      if (part.length === 0) break
    }
    return bytes.subarray(0, filled)
  }

  /** The first extent that ends behind `at`. */
  #find(at: number): number {
    let [low, high] = [0, this.#extents.length]
    while (low < high) {
      const middle = (low + high) >>> 1
      const { offset, bytes } = this.#extents[middle] as FileExtent
      if (offset + bytes <= at) low = middle + 1
      else high = middle
    }
    return low
  }

  async #open(entry: number): Promise<ReadableStream> {
    if (this.#opened?.entry === entry) return this.#opened.file
    await this.#opened?.file.close()
    this.#opened = undefined
    const file = await this.#options.open(entry)
    this.#opened = { entry, file }
    return file
  }
}
