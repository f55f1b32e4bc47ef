/**
 * A modelled disk that takes time, so that a fault can come between any two of a process's steps, and that does what it was told to do
 * at its next write, sync or rename: fail, or lose the process or the power just before or just after.
 */

import type { Clock } from '../../src/system/clock.ts'
import { type FileOperation, fileError } from '../../src/system/file-faults.ts'
import type { FileFacts, FileStat, Files, HeldFolder, OpenFile, OpenMode } from '../../src/system/files.ts'
import type { Draws } from './draws.ts'

/** What is to happen at one of the next operations. */
export interface DiskOrder {
  readonly operation: FileOperation
  /** How many such operations are let through before. */
  skip: number
  readonly before?: () => void
  readonly after?: () => void
  /** The operation fails with this code. */
  readonly code?: string
}

export interface DiskEvents {
  renamed(from: string, to: string): Promise<void>
}

export interface SlowDiskOptions {
  readonly files: Files
  /** The process's: nothing goes on once it is killed. */
  readonly clock: Clock
  readonly draws: Draws
  readonly events: DiskEvents
  /** Orders are shared by the process that runs now and the next ones. */
  readonly orders: DiskOrder[]
  /** Whether what is written is lost, though the disk says that it is kept. */
  readonly forgets: boolean
}

export class SlowDisk implements Files {
  readonly #options: SlowDiskOptions

  constructor(options: SlowDiskOptions) {
    this.#options = options
  }

  async open(path: string, mode: OpenMode): Promise<OpenFile> {
    const file = await this.run('open', path, () => this.#options.files.open(path, mode))
    return new SlowFile(this, file, path, this.#options.forgets && path.endsWith('.part'))
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.run('stat', path, () => this.#options.files.stat(path))
  }

  list(path: string): Promise<string[]> {
    return this.run('list', path, () => this.#options.files.list(path))
  }

  makeFolder(path: string, mode: number): Promise<void> {
    return this.run('makeFolder', path, () => this.#options.files.makeFolder(path, mode))
  }

  writeFile(path: string, bytes: Uint8Array, facts: FileFacts): Promise<void> {
    return this.run('write', path, () => this.#options.files.writeFile(path, bytes, facts))
  }

  makeLink(path: string, target: string, modifiedMs: number): Promise<void> {
    return this.run('write', path, () => this.#options.files.makeLink(path, target, modifiedMs))
  }

  readLink(path: string): Promise<string> {
    return this.run('read', path, () => this.#options.files.readLink(path))
  }

  setFolder(path: string, facts: FileFacts): Promise<void> {
    return this.run('setMode', path, () => this.#options.files.setFolder(path, facts))
  }

  async holdFolder(base: string, parts: readonly string[], mode?: number): Promise<HeldFolder> {
    const held = await this.run('open', base, () => this.#options.files.holdFolder(base, parts, mode))
    return { ...held, sync: () => this.run('syncFolder', held.path, () => held.sync()) }
  }

  async rename(from: string, to: string): Promise<void> {
    await this.run('rename', from, async () => {
      await this.#options.files.rename(from, to)
      await this.#options.events.renamed(from, to)
    })
  }

  remove(path: string): Promise<void> {
    return this.run('remove', path, () => this.#options.files.remove(path))
  }

  removeTree(path: string): Promise<void> {
    return this.run('removeTree', path, () => this.#options.files.removeTree(path))
  }

  syncFolder(path: string): Promise<void> {
    return this.run('syncFolder', path, () => this.#options.files.syncFolder(path))
  }

  syncTree(path: string): Promise<void> {
    return this.run('sync', path, () => this.#options.files.syncTree(path))
  }

  mayWrite(path: string): Promise<boolean> {
    return this.run('freeBytes', path, () => this.#options.files.mayWrite(path))
  }

  freeBytes(path: string): Promise<number> {
    return this.run('freeBytes', path, () => this.#options.files.freeBytes(path))
  }

  /** Takes the operation's time, does it, and carries out what was ordered for it. */
  async run<T>(operation: FileOperation, path: string, work: () => Promise<T>): Promise<T> {
    const delayMs = this.#delayMs(operation)
    if (delayMs > 0) await new Promise<void>((resolve) => this.#options.clock.after(delayMs, resolve))
    const order = this.#takeOrder(operation)
    order?.before?.()
    if (order?.code !== undefined) throw fileError(order.code, path)
    const result = await work()
    order?.after?.()
    return result
  }

  #takeOrder(operation: FileOperation): DiskOrder | undefined {
    const { orders } = this.#options
    const order = orders.find((candidate) => candidate.operation === operation)
    if (order === undefined || order.skip-- > 0) return undefined
    orders.splice(orders.indexOf(order), 1)
    return order
  }

  #delayMs(operation: FileOperation): number {
    if (operation === 'sync' || operation === 'syncFolder') return this.#options.draws.whole(1, 8)
    if (operation === 'write' || operation === 'rename' || operation === 'open') return 0.125
    return 0
  }
}

class SlowFile implements OpenFile {
  readonly #disk: SlowDisk
  readonly #file: OpenFile
  readonly #path: string
  readonly #forgets: boolean

  constructor(disk: SlowDisk, file: OpenFile, path: string, forgets: boolean) {
    this.#disk = disk
    this.#file = file
    this.#path = path
    this.#forgets = forgets
  }

  read(at: number, length: number): Promise<Uint8Array> {
    return this.#disk.run('read', this.#path, () => this.#file.read(at, length))
  }

  write(at: number, bytes: Uint8Array): Promise<void> {
    const written = this.#forgets ? new Uint8Array(bytes.length) : bytes
    return this.#disk.run('write', this.#path, () => this.#file.write(at, written))
  }

  stat(): Promise<FileStat> {
    return this.#disk.run('stat', this.#path, () => this.#file.stat())
  }

  truncate(bytes: number): Promise<void> {
    return this.#disk.run('truncate', this.#path, () => this.#file.truncate(bytes))
  }

  setMode(mode: number): Promise<void> {
    return this.#disk.run('setMode', this.#path, () => this.#file.setMode(mode))
  }

  setModified(modifiedMs: number): Promise<void> {
    return this.#disk.run('setModified', this.#path, () => this.#file.setModified(modifiedMs))
  }

  syncData(): Promise<void> {
    return this.#disk.run('sync', this.#path, () => this.#file.syncData())
  }

  sync(): Promise<void> {
    return this.#disk.run('sync', this.#path, () => this.#file.sync())
  }

  close(): Promise<void> {
    return this.#file.close()
  }
}
