/**
 * The files of the library, below HOME/serve/library:
 *
 *   TRANSFER/content     plain bytes that come in, until they are whole
 *   TRANSFER/tables      the signed packet tables, each behind its length (u32, big endian); there once the content is whole
 *   contents/DIGEST      the plain bytes of a whole content, once, however many transfers refer to them (registry/held-contents.ts)
 *
 * Guarantee: what lies in contents/ is whole and survives a power cut from the moment at which its name is there.
 */

import { dirname, join } from 'node:path'
import { type EarlierFiles, listEarlierFiles } from '../content/earlier-files.ts'
import type { Files, OpenFile } from '../system/files.ts'

const LENGTH_BYTES = 4
const CONTENTS = 'contents'

export class Library {
  readonly #files: Files
  readonly #folder: string

  constructor(files: Files, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** A new, empty content that comes in. @throws ENOSPC … */
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

  /** Gives bytes that came in, and were synced, their name among the contents. */
  async name(transfer: number, digest: string): Promise<void> {
    const folder = await this.#contents()
    await this.#files.rename(join(this.#folderOf(transfer), 'content'), join(folder, digest))
    await this.#files.syncFolder(folder)
  }

  /** Removes bytes that came in: they are among the contents, or nobody wants them. */
  async removeIncoming(transfer: number): Promise<void> {
    await this.#files.remove(join(this.#folderOf(transfer), 'content'))
  }

  /** The tables of a content that is whole; undefined when there are none of that number. */
  async tables(transfer: number): Promise<Uint8Array[] | undefined> {
    const path = join(this.#folderOf(transfer), 'tables')
    return (await this.#files.stat(path)) === undefined ? undefined : this.#readTables(path)
  }

  /** The plain bytes of a content; undefined when they are not here. They stay readable while they are open, whatever is removed. */
  async open(digest: string): Promise<OpenFile | undefined> {
    const path = this.pathOf(digest)
    return (await this.#files.stat(path)) === undefined ? undefined : this.#files.open(path, 'read')
  }

  /** A content as a place where packets of another may be found. */
  stream(digest: string): Promise<EarlierFiles> {
    return listEarlierFiles({ files: this.#files, paths: [this.pathOf(digest)], isLate: () => false })
  }

  /** Where a content lies. */
  pathOf(digest: string): string {
    return join(this.#folder, CONTENTS, digest)
  }

  /** The digests of the contents that are here. */
  async digests(): Promise<string[]> {
    return this.#files.list(await this.#contents())
  }

  async removeContent(digest: string): Promise<void> {
    await this.#files.remove(this.pathOf(digest))
  }

  /** Removes what is kept for one transfer alone. */
  async remove(transfer: number): Promise<void> {
    await this.#files.removeTree(this.#folderOf(transfer))
  }

  async freeBytes(): Promise<number> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return this.#files.freeBytes(this.#folder)
  }

  /** The transfers that something is kept for. */
  async list(): Promise<number[]> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return (await this.#files.list(this.#folder)).map(Number).filter(Number.isSafeInteger)
  }

  async #contents(): Promise<string> {
    const folder = join(this.#folder, CONTENTS)
    if ((await this.#files.stat(folder)) !== undefined) return folder
    await this.#files.makeFolder(folder, 0o700)
    await this.#files.syncFolder(this.#folder)
    await this.#files.syncFolder(dirname(this.#folder))
    return folder
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
