/** What it takes to make many entries on the machine's file system at a useful rate, and to make them durable together. */

import { spawn } from 'node:child_process'
import { closeSync, constants, fchmodSync, futimesSync, openSync, writeSync } from 'node:fs'
import { chmod, type FileHandle, lstat, lutimes, open, readdir, readlink, symlink } from 'node:fs/promises'
import { join } from 'node:path'
import type { FileFacts } from './files.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_RDONLY, O_WRONLY } = constants
const FILE_MODE = 0o600
/** Above this many entries, one sync of the whole file system costs less than one for each. */
const MANY_ENTRIES = 1_000
/** Syncs under way at once: the journal of a file system commits them together. */
const SYNCS_AT_ONCE = 32

/** See Files.writeFile(). One call after the other on this thread: handing each to another costs eight times as much as doing it. */
export async function writeFile(path: string, bytes: Uint8Array, { mode, modifiedMs }: FileFacts): Promise<void> {
  const file = openSync(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW, FILE_MODE)
  try {
    for (let done = 0; done < bytes.length; ) done += writeSync(file, bytes, done)
    fchmodSync(file, mode)
    futimesSync(file, modifiedMs / 1000, modifiedMs / 1000)
  } finally {
    closeSync(file)
  }
}

export async function makeLink(path: string, target: string, modifiedMs: number): Promise<void> {
  await symlink(target, path)
  await lutimes(path, modifiedMs / 1000, modifiedMs / 1000)
}

export function readLink(path: string): Promise<string> {
  return readlink(path)
}

export async function setFolder(path: string, { mode, modifiedMs }: FileFacts): Promise<void> {
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    await handle.chmod(mode)
    await handle.utimes(modifiedMs / 1000, modifiedMs / 1000)
  } finally {
    await handle.close()
  }
}

/** See Files.syncTree(). */
export async function syncTree(path: string): Promise<void> {
  const some: string[] = []
  await collect(path, some, MANY_ENTRIES)
  if (some.length > MANY_ENTRIES && (await syncFileSystem(path))) return
  const paths = some.length > MANY_ENTRIES ? [] : some
  if (paths.length === 0) await collect(path, paths)
  let next = 0
  const work = async () => {
    while (next < paths.length) await syncOne(paths[next++] as string)
  }
  await Promise.all(Array.from({ length: SYNCS_AT_ONCE }, work))
}

/** Files and folders, the folders behind what is in them; no more than it takes to know that there are more than `most`. */
async function collect(folder: string, paths: string[], most = Number.POSITIVE_INFINITY): Promise<void> {
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    if (paths.length > most) return
    const path = join(folder, entry.name)
    if (entry.isDirectory()) await collect(path, paths, most)
    else if (entry.isFile()) paths.push(path)
  }
  paths.push(folder)
}

async function syncOne(path: string): Promise<void> {
  const { handle, mode } = await openUnlocked(path)
  try {
    if (mode !== undefined) await handle.chmod(mode)
    await handle.sync()
  } finally {
    await handle.close()
  }
}

/** A file may forbid its owner to read it, and without that it cannot be opened for a sync. @returns the mode to give back to it */
async function openUnlocked(path: string): Promise<{ handle: FileHandle; mode?: number }> {
  try {
    return { handle: await open(path, O_RDONLY | O_NOFOLLOW) }
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code !== 'EACCES') throw error
  }
  const mode = (await lstat(path)).mode & 0o7777
  await chmod(path, FILE_MODE)
  return { handle: await open(path, O_RDONLY | O_NOFOLLOW), mode }
}

/** syncfs(2), which Node has no call for. @returns whether it was done; an error that it met is met again by the syncs instead of it */
function syncFileSystem(path: string): Promise<boolean> {
  return new Promise((resolve) => {
    const child = spawn('sync', ['-f', '--', path], { stdio: 'ignore' })
    child.on('error', () => resolve(false))
    child.on('exit', (code) => resolve(code === 0))
  })
}
