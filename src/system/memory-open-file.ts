/** One open file of a modelled disk. */

import { fileError } from './file-faults.ts'
import type { FileStat, OpenFile } from './files.ts'
import { type FileNode, statOf } from './memory-disk.ts'
import type { MemoryProcess } from './memory-process.ts'

export class MemoryOpenFile implements OpenFile {
  readonly #process: MemoryProcess
  readonly #node: FileNode
  readonly #path: string
  readonly #writable: boolean
  #closed = false

  constructor(process: MemoryProcess, file: { node: FileNode; path: string; writable: boolean }) {
    this.#process = process
    this.#node = file.node
    this.#path = file.path
    this.#writable = file.writable
  }

  read(at: number, length: number): Promise<Uint8Array> {
    return this.#process.run('read', this.#path, () => {
      this.#requireOpen()
      return this.#node.bytes.read(at, length)
    })
  }

  write(at: number, bytes: Uint8Array): Promise<void> {
    return this.#process.run('write', this.#path, () => {
      this.#requireWritable()
      this.#process.reserve(at + bytes.length - this.#node.bytes.length, this.#path)
      this.#node.bytes.write(at, bytes)
      this.#node.modifiedMs = this.#process.nowMs()
    })
  }

  stat(): Promise<FileStat> {
    return this.#process.run('stat', this.#path, () => {
      this.#requireOpen()
      return statOf(this.#node)
    })
  }

  truncate(bytes: number): Promise<void> {
    return this.#process.run('truncate', this.#path, () => {
      this.#requireWritable()
      this.#process.reserve(bytes - this.#node.bytes.length, this.#path)
      this.#node.bytes.truncate(bytes)
      this.#node.modifiedMs = this.#process.nowMs()
    })
  }

  setMode(mode: number): Promise<void> {
    return this.#process.run('setMode', this.#path, () => {
      this.#requireOpen()
      this.#node.mode = mode
    })
  }

  setModified(modifiedMs: number): Promise<void> {
    return this.#process.run('setModified', this.#path, () => {
      this.#requireOpen()
      this.#node.modifiedMs = modifiedMs
    })
  }

  syncData(): Promise<void> {
    return this.#sync(() => {})
  }

  sync(): Promise<void> {
    return this.#sync(() => {
      this.#node.synced = { mode: this.#node.mode, modifiedMs: this.#node.modifiedMs }
    })
  }

  close(): Promise<void> {
    return this.#process.run(undefined, this.#path, () => {
      this.#requireOpen()
      this.#closed = true
    })
  }

  async #sync(also: () => void): Promise<void> {
    try {
      await this.#process.run('sync', this.#path, () => {
        this.#requireOpen()
        this.#node.bytes.sync()
        also()
      })
    } catch (error) {
      this.#node.bytes.failSync()
      throw error
    }
  }

  #requireOpen(): void {
    if (this.#closed) throw fileError('EBADF', this.#path)
  }

  #requireWritable(): void {
    if (this.#closed || !this.#writable) throw fileError('EBADF', this.#path)
  }
}
