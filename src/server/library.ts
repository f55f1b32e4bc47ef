/**
 * The library: the contents that the main server holds, each in a folder of its own below HOME/serve/library.
 *
 *   library/TRANSFER/content     the plain bytes
 */

import { join } from 'node:path'
import type { Files, OpenFile } from '../system/files.ts'

export class Library {
  readonly #files: Files
  readonly #folder: string

  constructor(files: Files, folder: string) {
    this.#files = files
    this.#folder = folder
  }

  /** A new, empty content. @throws ENOSPC … */
  async create(transfer: number): Promise<OpenFile> {
    const folder = this.#folderOf(transfer)
    await this.#files.removeTree(folder)
    await this.#files.makeFolder(folder, 0o700)
    const file = await this.#files.open(join(folder, 'content'), 'create')
    await this.#files.syncFolder(folder)
    await this.#files.syncFolder(this.#folder)
    return file
  }

  async remove(transfer: number): Promise<void> {
    await this.#files.removeTree(this.#folderOf(transfer))
  }

  async freeBytes(): Promise<number> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return this.#files.freeBytes(this.#folder)
  }

  /** The transfers that something is kept of. */
  async list(): Promise<number[]> {
    await this.#files.makeFolder(this.#folder, 0o700)
    return (await this.#files.list(this.#folder)).map(Number).filter(Number.isSafeInteger)
  }

  #folderOf(transfer: number): string {
    return join(this.#folder, String(transfer))
  }
}
