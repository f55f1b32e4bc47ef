/**
 * A file system in memory that can do what disks do at the worst moment: forget what was not synced, run full, fail on order. What
 * is written, created or renamed is seen at once; only a power cut tells what was safe (memory-bytes.ts and folder-journal.ts say how).
 */

import type { Clock } from './clock.ts'
import { type FileOperation, fileError } from './file-faults.ts'
import type { FileFacts, FileStat, Files, HeldFolder, OpenFile, OpenMode } from './files.ts'
import { type DiskNode, type FileNode, type FolderNode, MemoryDisk, statOf } from './memory-disk.ts'
import { MemoryOpenFile } from './memory-open-file.ts'
import { MemoryProcess } from './memory-process.ts'
import { type Random, seededRandom } from './random.ts'

export interface MemoryFilesOptions {
  /** For the times of files; without it all are 0. */
  readonly clock?: Pick<Clock, 'now'>
  /** Decides what a power cut takes; default: seed 0. */
  readonly random?: Random
  readonly capacityBytes?: number
}

const FILE_MODE = 0o600

/** An empty disk, and the hold of a first process on it. */
export function createMemoryFiles(options: MemoryFilesOptions = {}): MemoryFiles {
  return new MemoryFiles(new MemoryDisk(options.clock?.now() ?? 0), options)
}

export class MemoryFiles implements Files {
  readonly #disk: MemoryDisk
  readonly #options: MemoryFilesOptions
  readonly #process: MemoryProcess

  constructor(disk: MemoryDisk, options: MemoryFilesOptions) {
    this.#disk = disk
    this.#options = options
    const capacityBytes = options.capacityBytes ?? Number.POSITIVE_INFINITY
    this.#process = new MemoryProcess(disk, { clock: options.clock, capacityBytes })
  }

  /** The power fails. This object never answers again; the returned one holds what survived. */
  crash(): MemoryFiles {
    this.#process.leave()
    this.#disk.crash(this.#options.random ?? seededRandom(0))
    return this.#successor()
  }

  /** The process is killed, the machine goes on: nothing is lost. This object never answers again. */
  kill(): MemoryFiles {
    this.#process.leave()
    return this.#successor()
  }

  /** The next call of `operation` fails with `code`; ordered twice, the next two do. */
  failNext(operation: FileOperation, code: string): void {
    this.#process.faults.failNext(operation, code)
  }

  /** Writes that need more fail with ENOSPC. */
  setCapacity(bytes: number): void {
    this.#process.capacityBytes = bytes
  }

  /** Puts a symbolic link at `path`, as an attacker would; it survives everything. */
  plantLink(target: string, path: string): void {
    const { folder, name } = this.#disk.place(path)
    folder.entries.set(name, this.#disk.newLink(target, this.#process.nowMs()))
  }

  open(path: string, mode: OpenMode): Promise<OpenFile> {
    return this.#process.run('open', path, () => {
      const node = mode === 'create' ? this.#createFile(path) : this.#existingFile(path)
      return new MemoryOpenFile(this.#process, { node, path, writable: mode !== 'read' })
    })
  }

  stat(path: string): Promise<FileStat | undefined> {
    return this.#process.run('stat', path, () => {
      const node = this.#find(path)
      return node && statOf(node)
    })
  }

  list(path: string): Promise<string[]> {
    return this.#process.run('list', path, () => [...this.#disk.folder(path).entries.keys()])
  }

  makeFolder(path: string, mode: number): Promise<void> {
    return this.#process.run('makeFolder', path, () => this.#makeFolder(path, mode))
  }

  writeFile(path: string, bytes: Uint8Array, { mode, modifiedMs }: FileFacts): Promise<void> {
    return this.#process.run('write', path, () => {
      this.#process.reserve(bytes.length, path)
      const file = this.#createFile(path)
      file.bytes.write(0, bytes)
      Object.assign(file, { mode, modifiedMs })
    })
  }

  makeLink(path: string, target: string, modifiedMs: number): Promise<void> {
    return this.#process.run('write', path, () => {
      const { folder, name, node } = this.#disk.place(path)
      if (node) throw fileError('EEXIST', path)
      this.#disk.journal.apply({ folder, name, node: this.#disk.newLink(target, modifiedMs) })
    })
  }

  readLink(path: string): Promise<string> {
    return this.#process.run('read', path, () => {
      const node = this.#disk.node(path)
      if (node.kind !== 'link') throw fileError('EINVAL', path)
      return node.target
    })
  }

  setFolder(path: string, facts: FileFacts): Promise<void> {
    return this.#process.run('setMode', path, () => void Object.assign(this.#disk.folder(path), facts))
  }

  async holdFolder(base: string, parts: readonly string[], mode?: number): Promise<HeldFolder> {
    let path = base
    await this.#process.run('open', path, () => this.#disk.folder(path))
    for (const part of parts) {
      const above = path
      path = `${path}/${part}`
      await this.#process.run('open', path, () => {
        if (mode !== undefined && !this.#find(path)) {
          this.#makeFolder(path, mode)
          this.#disk.journal.sync(this.#disk.folder(above))
        }
        this.#disk.folder(path)
      })
    }
    return { path, sync: () => this.syncFolder(path), close: async () => {} }
  }

  rename(from: string, to: string): Promise<void> {
    return this.#process.run('rename', from, () => {
      const source = this.#disk.place(from)
      const target = this.#disk.place(to)
      if (!source.node) throw fileError('ENOENT', from)
      if (source.node === target.node) return
      requireReplaceable(source.node, target.node, to)
      // Its `..` would change: no owner but root may do that.
      if (source.node.kind === 'folder' && source.folder !== target.folder && (source.node.mode & 0o200) === 0)
        throw fileError('EACCES', from)
      if (source.node.kind === 'folder' && holds(source.node, target.folder)) throw fileError('EINVAL', to)
      this.#disk.journal.apply({ ...source, node: undefined }, { ...target, node: source.node })
    })
  }

  remove(path: string): Promise<void> {
    return this.#process.run('remove', path, () => {
      const node = this.#find(path)
      if (node?.kind === 'folder') throw fileError('EISDIR', path)
      if (node) this.#disk.journal.apply({ ...this.#disk.place(path), node: undefined })
    })
  }

  removeTree(path: string): Promise<void> {
    return this.#process.run('removeTree', path, () => {
      if (!this.#find(path)) return
      const { folder, name } = this.#disk.place(path)
      this.#removeTree(folder, name)
    })
  }

  syncFolder(path: string): Promise<void> {
    return this.#process.run('syncFolder', path, () => this.#disk.journal.sync(this.#disk.folder(path)))
  }

  syncTree(path: string): Promise<void> {
    return this.#process.run('sync', path, () => this.#syncTree(this.#disk.folder(path)))
  }

  mayWrite(path: string): Promise<boolean> {
    return this.#process.run('freeBytes', path, () => (this.#disk.folder(path).mode & 0o200) !== 0)
  }

  freeBytes(path: string): Promise<number> {
    return this.#process.run('freeBytes', path, () => {
      this.#disk.folder(path)
      return this.#process.freeBytes()
    })
  }

  #successor(): MemoryFiles {
    return new MemoryFiles(this.#disk, { ...this.#options, capacityBytes: this.#process.capacityBytes })
  }

  /** What is at `path`; undefined also when a folder above it is missing. */
  #find(path: string): DiskNode | undefined {
    try {
      return this.#disk.place(path).node
    } catch (error) {
      if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined
      throw error
    }
  }

  #createFile(path: string): FileNode {
    const { folder, name, node } = this.#disk.place(path)
    if (node) throw fileError('EEXIST', path)
    const file = this.#disk.newFile(FILE_MODE, this.#process.nowMs())
    this.#disk.journal.apply({ folder, name, node: file })
    return file
  }

  #existingFile(path: string): FileNode {
    const node = this.#disk.node(path)
    if (node.kind === 'file') return node
    throw fileError(node.kind === 'link' ? 'ELOOP' : 'EISDIR', path)
  }

  #makeFolder(path: string, mode: number): void {
    if (path === '/') return
    const parent = path.slice(0, path.lastIndexOf('/')) || '/'
    if (!this.#find(parent)) this.#makeFolder(parent, mode)
    const { folder, name, node } = this.#disk.place(path)
    if (node && node.kind !== 'folder') throw fileError('EEXIST', path)
    if (!node) this.#disk.journal.apply({ folder, name, node: this.#disk.newFolder(mode, this.#process.nowMs()) })
  }

  #syncTree(folder: FolderNode): void {
    for (const node of folder.entries.values()) {
      if (node.kind === 'folder') this.#syncTree(node)
      if (node.kind !== 'file') continue
      node.bytes.sync()
      node.synced = { mode: node.mode, modifiedMs: node.modifiedMs }
    }
    this.#disk.journal.sync(folder)
  }

  /** One operation a name, from the leaves up: a power cut may leave any part of the tree. */
  #removeTree(folder: FolderNode, name: string): void {
    const node = folder.entries.get(name)
    if (node?.kind === 'folder') for (const inner of [...node.entries.keys()]) this.#removeTree(node, inner)
    this.#disk.journal.apply({ folder, name, node: undefined })
  }
}

function requireReplaceable(source: DiskNode, target: DiskNode | undefined, path: string): void {
  if (!target) return
  if (source.kind === 'folder') {
    if (target.kind !== 'folder') throw fileError('ENOTDIR', path)
    if (target.entries.size > 0) throw fileError('ENOTEMPTY', path)
  } else if (target.kind === 'folder') {
    throw fileError('EISDIR', path)
  }
}

function holds(folder: FolderNode, sought: FolderNode): boolean {
  if (folder === sought) return true
  return [...folder.entries.values()].some((node) => node.kind === 'folder' && holds(node, sought))
}
