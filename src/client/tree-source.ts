/**
 * A push of folders, or of several PATHs, as one stream: the entry list, then the bytes of every file in the order of their entries,
 * small ones together in one chunk. Every file must still be what it was when it was listed.
 */

import { closeSync, constants, fstatSync, openSync, readSync, type Stats } from 'node:fs'
import { open } from 'node:fs/promises'
import { bytesOf, type Entry, type FileEntry, TOP } from '../content/entries.ts'
import { encodeEntryList } from '../content/entry-list-codec.ts'
import { entryPaths } from '../content/entry-paths.ts'
import { destinationIn, INBOX_ITSELF, type Top } from '../content/tops.ts'
import { TreeStream } from '../content/tree-stream.ts'
import { digestOf } from '../seal/digests.ts'
import { codeOf, type TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import { type ContentSource, changed } from './content-source.ts'
import type { IsLeftOut } from './left-out.ts'
import { nameOfPath, type Scan, scanPaths } from './scan-tree.ts'
import { changedFile, UnchangedFile } from './unchanged-file.ts'

/** Up to this size a file is read in one step: handing it to another thread would cost more than reading it. */
const SMALL_FILE_BYTES = 64 * 1024
const { O_NOFOLLOW, O_NONBLOCK, O_RDONLY } = constants

export interface TreeSourceOptions {
  readonly paths: readonly string[]
  /** Of one PATH: where it lands. Of several: the folder they land in. Undefined: in the inbox, under their own last names. */
  readonly destination: string | undefined
  readonly isLeftOut: IsLeftOut
}

/** @throws E_PATH_… as scanPaths(), E_PATH_TOO_MANY */
export async function treeSource({ paths, destination, isLeftOut }: TreeSourceOptions): Promise<ContentSource> {
  const several = paths.length > 1
  const name = several ? undefined : lastName(destination ?? nameOfPath(paths[0] as string))
  const scan = await scanPaths({ paths, isLeftOut, ...(name === undefined ? {} : { name }) })
  const list = encodeEntryList(scan.entries)
  const tops = scan.entries.filter((entry) => entry.in === TOP)
  const landing = destination ?? (several ? INBOX_ITSELF : (name as string))
  return {
    name: several ? nameOfSeveral(tops) : nameOfPath(paths[0] as string),
    destination: landing,
    bytes: list.length + bytesOf(scan.entries),
    entryList: {
      bytes: list.length,
      digest: digestOf(list),
      entries: scan.entries.length,
      tops: tops.map((top): Top => {
        const at = several ? destinationIn(landing, top.name) : landing
        return { destination: at, kind: top.kind === 'folder' ? 'folder' : 'file' }
      }),
    },
    mode: tops[0]?.mode ?? 0,
    modifiedMs: tops[0]?.modifiedMs ?? 0,
    chunks: () => readAll(scan, list),
    stream: () => new TreeStream({ entries: scan.entries, list, open: fileOpener(scan) }),
    close: async () => undefined,
  }
}

/** For people: the first, and how many more. */
function nameOfSeveral(tops: readonly Entry[]): string {
  const [first, ...more] = tops
  return `${first?.name.slice(0, 200)} and ${more.length} more`
}

function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

async function* readAll(scan: Scan, list: Uint8Array): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < list.length; at += LIMITS.uploadChunkBytes)
    yield list.subarray(at, at + LIMITS.uploadChunkBytes)
  const path = entryPaths(scan.entries, (k) => scan.topPaths[k] as string)
  let chunk = new Uint8Array(LIMITS.uploadChunkBytes)
  let filled = 0
  for (const [index, entry] of scan.entries.entries()) {
    if (entry.kind !== 'file') continue
    const file = { path: path(index), entry, modifiedMs: scan.modifiedMs[index] as number, isTop: entry.in === TOP }
    const small = entry.bytes <= SMALL_FILE_BYTES
    if (filled > 0 && (!small || filled + entry.bytes > chunk.length)) {
      yield chunk.subarray(0, filled)
      chunk = new Uint8Array(LIMITS.uploadChunkBytes)
      filled = 0
    }
    if (small) filled += readSmall(file, chunk.subarray(filled, filled + entry.bytes))
    else yield* readLarge(file)
  }
  if (filled > 0) yield chunk.subarray(0, filled)
}

/** Opens the files of a scan one by one, each to be read at any offset. */
function fileOpener(scan: Scan): (entry: number) => Promise<UnchangedFile> {
  const pathOf = entryPaths(scan.entries, (k) => scan.topPaths[k] as string)
  return async (index) => {
    const entry = scan.entries[index] as FileEntry
    const [path, modifiedMs] = [pathOf(index), scan.modifiedMs[index] as number]
    const handle = await open(path, flagsOf({ isTop: entry.in === TOP })).catch((error: unknown) => {
      throw changedFile(path, `cannot be opened any more: ${codeOf(error)}`)
    })
    return new UnchangedFile(handle, { path, bytes: entry.bytes, modifiedMs })
  }
}

interface ListedFile {
  readonly path: string
  readonly entry: FileEntry
  readonly modifiedMs: number
  /** Named on the command line: there a link stands for what it leads to. */
  readonly isTop: boolean
}

function readSmall(file: ListedFile, into: Uint8Array): number {
  const descriptor = openNow(file)
  try {
    for (let done = 0; done < into.length; ) {
      const bytes = readSync(descriptor, into, done, into.length - done, done)
      if (bytes === 0) throw changed(file.path, `has ${done} bytes and had ${into.length}`)
      done += bytes
    }
    refuseChanged(file, fstatSync(descriptor))
    return into.length
  } finally {
    closeSync(descriptor)
  }
}

async function* readLarge(file: ListedFile): AsyncGenerator<Uint8Array> {
  const handle = await open(file.path, flagsOf(file)).catch((error: unknown) => {
    throw notOpened(file, error)
  })
  try {
    for (let at = 0; at < file.entry.bytes; ) {
      const chunk = new Uint8Array(Math.min(LIMITS.uploadChunkBytes, file.entry.bytes - at))
      const { bytesRead } = await handle.read(chunk, 0, chunk.length, at)
      if (bytesRead === 0) throw changed(file.path, `has ${at} bytes and had ${file.entry.bytes}`)
      yield chunk.subarray(0, bytesRead)
      at += bytesRead
    }
    refuseChanged(file, await handle.stat())
  } finally {
    await handle.close()
  }
}

/** Without O_NONBLOCK, a named pipe that has taken the file's place would be waited for. */
function flagsOf({ isTop }: Pick<ListedFile, 'isTop'>): number {
  return O_RDONLY | O_NONBLOCK | (isTop ? 0 : O_NOFOLLOW)
}

function openNow(file: ListedFile): number {
  try {
    return openSync(file.path, flagsOf(file))
  } catch (error) {
    throw notOpened(file, error)
  }
}

function notOpened({ path }: ListedFile, error: unknown): TreecastError {
  return changed(path, `cannot be opened any more: ${codeOf(error)}`)
}

/** @throws E_PATH_CHANGED */
function refuseChanged({ path, entry, modifiedMs }: ListedFile, after: Stats): void {
  if (after.size !== entry.bytes) throw changed(path, `has ${after.size} bytes and had ${entry.bytes}`)
  if (after.mtimeMs !== modifiedMs) throw changed(path, 'was written to')
}
