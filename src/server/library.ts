/**
 * The library: the contents that the main server holds, each in a folder of its own below HOME/serve/library.
 *
 *   library/TRANSFER/content     the plain bytes; none when only other nodes have them
 *   library/TRANSFER/tables      the signed packet tables, each behind its length (u32, big endian); there once the content is whole
 */

import { dirname, join } from 'node:path'
import type { Files, OpenFile } from '../system/files.ts'

const LENGTH_BYTES = 4

export class Library {
  readonly #files: Files
  readonly #folder: string

  constructor(files: Files, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** A new, empty content. @throws ENOSPC … */
  async create(transfer: number): Promise<OpenFile> {
    const folder = await this.#makeFolder(transfer)
    const file = await this.#files.open(join(folder, 'content'), 'create')
    await this.#syncNew(folder)
    return file
  }

  /** Room for the tables of a content whose bytes are elsewhere. */
  async createTables(transfer: number): Promise<undefined> {
    await this.#syncNew(await this.#makeFolder(transfer))
  }

  async #makeFolder(transfer: number): Promise<string> {
    const folder = this.#folderOf(transfer)
    await this.#files.removeTree(folder)
    await this.#files.makeFolder(folder, 0o700)
    return folder
  }

  async #syncNew(folder: string): Promise<void> {
    // Each of the three folders may be new, and a folder's own name is its parent's to keep.
    await this.#files.syncFolder(folder)
    await this.#files.syncFolder(this.#folder)
    await this.#files.syncFolder(dirname(this.#folder))
  }

  /** Keeps the tables of a content that is whole, durably: with them it can be served after a restart. */
  async keepTables(transfer: number, tables: readonly Uint8Array[]): Promise<void> {
    const folder = this.#folderOf(transfer)
    const file = await this.#files.open(join(folder, 'tables'), 'create')
    try {
      let at = 0
      for (const table of tables) {
        const framed = new Uint8Array(LENGTH_BYTES + table.length)
        new DataView(framed.buffer).setUint32(0, table.length)
        framed.set(table, LENGTH_BYTES)
        await file.write(at, framed)
        at += framed.length
      }
      await file.sync()
    } finally {
      await file.close()
    }
    await this.#files.syncFolder(folder)
  }

  /** The tables of a content that is whole, and its bytes unless they are elsewhere; undefined when there is none of that number. */
  async open(transfer: number): Promise<{ file: OpenFile | undefined; tables: Uint8Array[] } | undefined> {
    const folder = this.#folderOf(transfer)
    if ((await this.#files.stat(join(folder, 'tables'))) === undefined) return undefined
    const tables = await this.#readTables(join(folder, 'tables'))
    const content = join(folder, 'content')
    const isHere = (await this.#files.stat(content)) !== undefined
    return { tables, file: isHere ? await this.#files.open(content, 'read') : undefined }
  }

  /** Gives up the bytes of a content and keeps its tables. */
  async removeBytes(transfer: number): Promise<void> {
    const folder = this.#folderOf(transfer)
    await this.#files.remove(join(folder, 'content'))
    await this.#files.syncFolder(folder)
  }

  async remove(transfer: number): Promise<void> {
    await this.#files.removeTree(this.#folderOf(transfer))
  }

  async freeBytes(): Promise<number> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return this.#files.freeBytes(this.#folder)
  }

  /** How much it holds. */
  async size(): Promise<{ contents: number; bytes: number }> {
    const transfers = await this.list()
    const stats = await Promise.all(transfers.map((id) => this.#files.stat(join(this.#folderOf(id), 'content'))))
    return { contents: transfers.length, bytes: stats.reduce((sum, stat) => sum + (stat?.bytes ?? 0), 0) }
  }

  /** The transfers that something is kept of. */
  async list(): Promise<number[]> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return (await this.#files.list(this.#folder)).map(Number).filter(Number.isSafeInteger)
  }

  async #readTables(path: string): Promise<Uint8Array[]> {
    const file = await this.#files.open(path, 'read')
    try {
      const { bytes } = await file.stat()
      const tables: Uint8Array[] = []
      for (let at = 0; at < bytes; ) {
        const head = await file.read(at, LENGTH_BYTES)
        const length = new DataView(head.buffer, head.byteOffset).getUint32(0)
        tables.push(await file.read(at + LENGTH_BYTES, length))
        at += LENGTH_BYTES + length
      }
      return tables
    } finally {
      await file.close()
    }
  }

  #folderOf(transfer: number): string {
    return join(this.#folder, String(transfer))
  }
}
