/**
 * A folder and files that only their owner may open: folder 0700, files 0600.
 *
 * Guarantees: nothing is read from or written to a place that others may enter; a file is replaced as a whole or not at all, and is
 * durable once writePrivateFile has resolved.
 */

import { dirname } from 'node:path'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { FileStat, Files } from '../system/files.ts'
import { fullHome } from '../system/full-disk.ts'

const PRIVATE_FOLDER_MODE = 0o700
const PRIVATE_FILE_MODE = 0o600
const OTHERS = 0o077

/** Far above any file kept here; a larger one is damaged, and is not read into memory. */
const MAX_FILE_BYTES = 64 * 1024

/**
 * Makes the folder when it is missing.
 * @throws E_WIDE_MODE when others may enter it, E_HOME_KIND when it is no folder, E_HOME_FOLDER when it cannot be made, E_HOME_FULL
 */
export async function requirePrivateFolder(files: Files, folder: string): Promise<void> {
  await makeUnlessThere(files, folder)
  assertPrivate(folder, await files.stat(folder), 'folder')
}

/**
 * Whether there is such a folder; makes none.
 * @throws E_WIDE_MODE, E_HOME_KIND, E_HOME_FOLDER when there cannot be one
 */
export async function hasPrivateFolder(files: Files, folder: string): Promise<boolean> {
  const found = await files.stat(folder).catch((cause: unknown) => {
    throw cannotBe(folder, cause)
  })
  if (found !== undefined) assertPrivate(folder, found, 'folder')
  return found !== undefined
}

/**
 * The bytes of the file at `path`; undefined when there is none.
 * @throws E_WIDE_MODE when others may open it, E_HOME_KIND when it is no file
 */
export async function readPrivateFile(files: Files, path: string): Promise<Uint8Array | undefined> {
  const found = await files.stat(path)
  if (found === undefined) return undefined
  assertPrivate(path, found, 'file')
  const file = await files.open(path, 'read')
  try {
    // Again, for what was really opened: another file may have taken the name since.
    assertPrivate(path, await file.stat(), 'file')
    return await file.read(0, MAX_FILE_BYTES)
  } finally {
    await file.close()
  }
}

/**
 * Puts `bytes` at `path`, replacing what was there. A crash leaves the old file or the new one.
 * @throws E_HOME_FULL
 */
export async function writePrivateFile(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const unfinished = `${path}.new`
  await files.remove(unfinished)
  try {
    await writeWhole(files, unfinished, bytes)
    await files.rename(unfinished, path)
    await files.syncFolder(dirname(path))
  } catch (error) {
    await files.remove(unfinished).catch(() => undefined)
    throw fullHome(dirname(path), error) ?? error
  }
}

async function writeWhole(files: Files, path: string, bytes: Uint8Array): Promise<void> {
  const file = await files.open(path, 'create')
  try {
    await file.write(0, bytes)
    await file.setMode(PRIVATE_FILE_MODE)
    await file.sync()
  } finally {
    await file.close()
  }
}

/**
 * What `found`, the stat of `path`, must be: a file or folder of its own, closed to other users.
 * @throws E_WIDE_MODE, E_HOME_KIND
 */
export function assertPrivate(path: string, found: FileStat | undefined, kind: 'file' | 'folder'): void {
  if (found?.kind !== kind) {
    const message = `${path} is not a ${kind}. Move it away, or choose another home folder.`
    throw new TreecastError('E_HOME_KIND', message, { facts: { path } })
  }
  if ((found.mode & OTHERS) === 0 || !hasPermissionBits()) return
  const mode = found.mode.toString(8).padStart(4, '0')
  const wanted = (kind === 'folder' ? PRIVATE_FOLDER_MODE : PRIVATE_FILE_MODE).toString(8)
  const message = `${path} has mode ${mode}: other users of this machine may get at its secrets. Run: chmod ${wanted} ${quoted(path)}`
  throw new TreecastError('E_WIDE_MODE', message, { facts: { path, mode } })
}

/** Windows shows 0666 for every file; there, the home folder's access list is what protects it. */
function hasPermissionBits(): boolean {
  return process.platform !== 'win32'
}

/** As a shell takes it: the command in the message can be pasted. */
function quoted(path: string): string {
  return /^[\w@%+=:,./-]+$/.test(path) ? path : `'${path.replaceAll("'", `'\\''`)}'`
}

/** Something other than a folder at that path is told apart later, with a message that says so. */
async function makeUnlessThere(files: Files, folder: string): Promise<void> {
  try {
    if ((await files.stat(folder)) !== undefined) return
    await files.makeFolder(folder, PRIVATE_FOLDER_MODE)
    // Its name must survive a power cut, or all that is kept in it would be lost.
    await files.syncFolder(dirname(folder))
  } catch (cause) {
    if (codeOf(cause) === 'EEXIST') return
    const full = fullHome(dirname(folder), cause)
    if (full !== undefined) throw full
    throw cannotBe(folder, cause)
  }
}

function cannotBe(folder: string, cause: unknown): TreecastError {
  const message = `the folder ${folder} cannot be made (${codeOf(cause)}): choose another home folder with --home`
  return new TreecastError('E_HOME_FOLDER', message, { facts: { path: folder }, cause })
}
