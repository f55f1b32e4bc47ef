/** What is on a modelled disk: a tree of folders, files and links, and how a path is followed through it. */

import { posix } from 'node:path'
import { fileError } from './file-faults.ts'
import type { FileStat } from './files.ts'
import { FolderJournal } from './folder-journal.ts'
import { MemoryBytes } from './memory-bytes.ts'
import type { Random } from './random.ts'

interface NodeFacts {
  readonly inode: number
  mode: number
  modifiedMs: number
}

export interface FileNode extends NodeFacts {
  readonly kind: 'file'
  readonly bytes: MemoryBytes
  /** Mode and time as of the last full sync. */
  synced: { mode: number; modifiedMs: number }
}

export interface FolderNode extends NodeFacts {
  readonly kind: 'folder'
  readonly entries: Map<string, DiskNode>
}

export interface LinkNode extends NodeFacts {
  readonly kind: 'link'
  readonly target: string
}

export type DiskNode = FileNode | FolderNode | LinkNode

/** A place in a folder, and what is there. */
export interface Place {
  readonly folder: FolderNode
  readonly name: string
  readonly node: DiskNode | undefined
}

/** As Linux. */
const MOST_LINKS = 40

export class MemoryDisk {
  readonly journal = new FolderJournal()
  readonly root: FolderNode
  #nextInode = 2

  constructor(nowMs: number) {
    this.root = { kind: 'folder', inode: 1, mode: 0o755, modifiedMs: nowMs, entries: new Map() }
  }

  newFile(mode: number, nowMs: number): FileNode {
    const synced = { mode, modifiedMs: nowMs }
    return { kind: 'file', inode: this.#takeInode(), mode, modifiedMs: nowMs, bytes: new MemoryBytes(), synced }
  }

  newFolder(mode: number, nowMs: number): FolderNode {
    return { kind: 'folder', inode: this.#takeInode(), mode, modifiedMs: nowMs, entries: new Map() }
  }

  newLink(target: string, nowMs: number): LinkNode {
    return { kind: 'link', inode: this.#takeInode(), mode: 0o777, modifiedMs: nowMs, target }
  }

  /**
   * Follows an absolute path; a link in its last part is not followed.
   * @throws ENOENT, ENOTDIR, ELOOP for what is before the last part
   */
  place(path: string, linksLeft = MOST_LINKS): Place {
    const { folder, name } = this.#folderOf(path, linksLeft)
    return { folder, name, node: name === '' ? folder : folder.entries.get(name) }
  }

  /** @throws ENOENT when nothing is there */
  node(path: string): DiskNode {
    const { node } = this.place(path)
    if (!node) throw fileError('ENOENT', path)
    return node
  }

  /** @throws ENOENT, ELOOP, ENOTDIR when it is no folder */
  folder(path: string): FolderNode {
    const node = this.node(path)
    if (node.kind === 'folder') return node
    throw fileError(node.kind === 'link' ? 'ELOOP' : 'ENOTDIR', path)
  }

  /** The bytes of all files that have a name. */
  usedBytes(): number {
    return allFiles(this.root).reduce((sum, file) => sum + file.bytes.length, 0)
  }

  /** What a power cut leaves. */
  crash(random: Random): void {
    this.journal.crash(random)
    for (const file of allFiles(this.root)) {
      file.bytes.crash(random)
      if (random.fraction() < 0.5) Object.assign(file, file.synced)
    }
  }

  #takeInode(): number {
    this.#nextInode += 1
    return this.#nextInode
  }

  #folderOf(path: string, linksLeft: number): { folder: FolderNode; name: string } {
    const names = posix.normalize(path).split('/').filter(Boolean)
    const name = names.pop() ?? ''
    let folder = this.root
    for (const [at, part] of names.entries()) {
      const node = folder.entries.get(part)
      if (node?.kind === 'link')
        return this.#throughLink(`/${names.slice(0, at).join('/')}`, node, {
          names: [...names.slice(at + 1), name],
          linksLeft,
        })
      if (!node) throw fileError('ENOENT', path)
      if (node.kind !== 'folder') throw fileError('ENOTDIR', path)
      folder = node
    }
    return { folder, name }
  }

  #throughLink(base: string, link: LinkNode, rest: { names: string[]; linksLeft: number }) {
    if (rest.linksLeft === 0) throw fileError('ELOOP', base)
    const path = posix.join(posix.resolve(base, link.target), ...rest.names)
    return this.#folderOf(path, rest.linksLeft - 1)
  }
}

export function statOf(node: DiskNode): FileStat {
  const bytes = node.kind === 'file' ? node.bytes.length : 0
  return { kind: node.kind, bytes, mode: node.mode, modifiedMs: node.modifiedMs, device: 1, inode: node.inode }
}

function allFiles(folder: FolderNode): FileNode[] {
  return [...folder.entries.values()].flatMap((node) => {
    if (node.kind === 'folder') return allFiles(node)
    return node.kind === 'file' ? [node] : []
  })
}
