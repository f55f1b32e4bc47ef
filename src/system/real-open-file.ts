/** One open file of the machine's file system. Reads and writes are whole: a short one of the system's is continued. */

import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { FileStat, OpenFile } from './files.ts'
import { unsetBytes } from './packet-memory.ts'

export class RealOpenFile implements OpenFile {
  readonly #handle: FileHandle

  constructor(handle: FileHandle) {
    this.#handle = handle
  }

  async read(at: number, length: number): Promise<Uint8Array> {
    const bytes = unsetBytes(length)
    let done = 0
    while (done < length) {
      const { bytesRead } = await this.#handle.read(bytes, done, length - done, at + done)
      if (bytesRead === 0) return bytes.subarray(0, done)
      done += bytesRead
    }
    return bytes
  }

  async write(at: number, bytes: Uint8Array): Promise<void> {
    let done = 0
    while (done < bytes.length) {
      const { bytesWritten } = await this.#handle.write(bytes, done, bytes.length - done, at + done)
      done += bytesWritten
    }
  }

  async stat(): Promise<FileStat> {
    return toFileStat(await this.#handle.stat())
  }

  truncate(bytes: number): Promise<void> {
    return this.#handle.truncate(bytes)
  }

  setMode(mode: number): Promise<void> {
    return this.#handle.chmod(mode)
  }

  setModified(modifiedMs: number): Promise<void> {
    return this.#handle.utimes(modifiedMs / 1000, modifiedMs / 1000)
  }

  syncData(): Promise<void> {
    return this.#handle.datasync()
  }

  sync(): Promise<void> {
    return this.#handle.sync()
  }

  close(): Promise<void> {
    return this.#handle.close()
  }
}

export function toFileStat(stats: Stats): FileStat {
  return {
    kind: kindOf(stats),
    bytes: stats.size,
    mode: stats.mode & 0o7777,
    modifiedMs: stats.mtimeMs,
    device: stats.dev,
    inode: stats.ino,
  }
}

function kindOf(stats: Stats): FileStat['kind'] {
  if (stats.isFile()) return 'file'
  if (stats.isDirectory()) return 'folder'
  if (stats.isSymbolicLink()) return 'link'
  return 'other'
}
