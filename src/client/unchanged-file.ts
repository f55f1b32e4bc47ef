/** A file read at any offset for a push that serves it itself: every read finds the file as it was listed, or fails the push. */

import type { Stats } from 'node:fs'
import type { FileHandle } from 'node:fs/promises'
import type { ReadableStream } from '../content/tree-stream.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import { unsetBytes } from '../system/packet-memory.ts'

/** A file as it was when it was listed. */
export interface ListedState {
  readonly path: string
  readonly bytes: number
  readonly modifiedMs: number
}

export class UnchangedFile implements ReadableStream {
  readonly #file: FileHandle
  readonly #listed: ListedState

  constructor(file: FileHandle, listed: ListedState) {
    this.#file = file
    this.#listed = listed
  }

  /** @throws E_PATH_CHANGED, E_PATH_UNREADABLE */
  async read(at: number, length: number): Promise<Uint8Array> {
    const { path, bytes: listedBytes } = this.#listed
    const bytes = unsetBytes(Math.max(0, Math.min(length, listedBytes - at)))
    try {
      for (let done = 0; done < bytes.length; ) {
        const { bytesRead } = await this.#file.read(bytes, done, bytes.length - done, at + done)
        if (bytesRead === 0) throw changedFile(path, `ends at byte ${at + done}`)
        done += bytesRead
      }
      this.#refuseChanged(await this.#file.stat())
      return bytes
    } catch (cause) {
      if (cause instanceof TreecastError) throw cause
      const message = `${escapeText(path)} cannot be read any more (${codeOf(cause)})`
      throw new TreecastError('E_PATH_UNREADABLE', message, { cause })
    }
  }

  close(): Promise<void> {
    return this.#file.close()
  }

  #refuseChanged({ size, mtimeMs }: Stats): void {
    const { path, bytes, modifiedMs } = this.#listed
    if (size !== bytes) throw changedFile(path, `has ${size} bytes and had ${bytes}`)
    if (mtimeMs !== modifiedMs) throw changedFile(path, 'was written to')
  }
}

/** Why a push ends that serves a file which did not stay as it was. */
export function changedFile(path: string, how: string): TreecastError {
  const message = `${escapeText(path)} changed while it was pushed (it ${how}): push again when nobody writes to it`
  return new TreecastError('E_PATH_CHANGED', message)
}
