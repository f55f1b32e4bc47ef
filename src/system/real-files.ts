/** The machine's file system behind the Files port: node:fs, with links refused and modes exact whatever the umask. */

import { constants } from 'node:fs'
import {
  access,
  chmod,
  type FileHandle,
  lstat,
  mkdir,
  open,
  readdir,
  rename,
  rm,
  statfs,
  unlink,
} from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { FileStat, Files, OpenMode } from './files.ts'
import { holdFolder } from './real-held-folder.ts'
import { RealOpenFile, toFileStat } from './real-open-file.ts'
import { makeLink, readLink, setFolder, syncTree, writeFile } from './real-trees.ts'

const { O_CREAT, O_DIRECTORY, O_EXCL, O_NOFOLLOW, O_NONBLOCK, O_RDONLY, O_RDWR } = constants

/** O_NONBLOCK: opening a named pipe that someone put there must not wait for its other end. */
const OPEN_FLAGS: Record<OpenMode, number> = {
  read: O_RDONLY | O_NOFOLLOW | O_NONBLOCK,
  create: O_RDWR | O_CREAT | O_EXCL | O_NOFOLLOW,
  update: O_RDWR | O_NOFOLLOW | O_NONBLOCK,
}

const FILE_MODE = 0o600
const OWNER_ALL = 0o700

export const systemFiles: Files = {
  async open(path, mode) {
    const handle = await open(path, OPEN_FLAGS[mode], FILE_MODE)
    if (mode === 'create') await closingOnError(handle, () => handle.chmod(FILE_MODE))
    return new RealOpenFile(handle)
  },

  async stat(path): Promise<FileStat | undefined> {
    const found = await unless('ENOENT', lstat(path))
    return found && toFileStat(found)
  },

  async list(path) {
    await refuseLink(path)
    return readdir(path)
  },

  makeFolder,
  writeFile,
  makeLink,
  readLink,
  setFolder,
  holdFolder,
  rename,

  async remove(path) {
    await unless('ENOENT', unlink(path))
  },

  async removeTree(path) {
    try {
      await rm(path, { recursive: true, force: true })
    } catch (error) {
      if (!hasCode(error, 'EACCES', 'EPERM')) throw error
      await unlockFolders(path)
      await rm(path, { recursive: true, force: true })
    }
  },

  async syncFolder(path) {
    const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
    try {
      await handle.sync()
    } finally {
      await handle.close()
    }
  },

  syncTree,

  async mayWrite(path) {
    try {
      await access(path, constants.W_OK | constants.X_OK)
      return true
    } catch (error) {
      if (hasCode(error, 'EACCES') || hasCode(error, 'EROFS') || hasCode(error, 'EPERM')) return false
      throw error
    }
  },

  async freeBytes(path) {
    await refuseLink(path)
    const { bavail, bsize } = await statfs(path)
    return bavail * bsize
  },
}

async function makeFolder(path: string, mode: number): Promise<void> {
  try {
    await mkdir(path, { mode })
  } catch (error) {
    if (hasCode(error, 'EEXIST')) return requireFolder(path, error)
    if (!hasCode(error, 'ENOENT') || dirname(path) === path) throw error
    await makeFolder(dirname(path), mode)
    // Once more and no oftener: some file systems say ENOENT though the parent is there.
    await mkdir(path, { mode })
  }
  const handle = await open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
  try {
    await handle.chmod(mode)
  } finally {
    await handle.close()
  }
}

async function requireFolder(path: string, otherwise: unknown): Promise<void> {
  if (!(await lstat(path)).isDirectory()) throw otherwise
}

/** Content may hold folders that forbid their owner to write; what is in them could not be removed. */
async function unlockFolders(path: string): Promise<void> {
  const found = await unless('ENOENT', lstat(path))
  if (!found?.isDirectory()) return
  if ((found.mode & OWNER_ALL) !== OWNER_ALL) await chmod(path, OWNER_ALL)
  for (const name of await readdir(path)) await unlockFolders(join(path, name))
}

/** readdir and statfs have no way to refuse a link themselves. */
async function refuseLink(path: string): Promise<void> {
  if (!(await lstat(path)).isSymbolicLink()) return
  throw Object.assign(new Error(`ELOOP: ${path} is a symbolic link`), { code: 'ELOOP', path })
}

async function closingOnError(handle: FileHandle, work: () => Promise<void>): Promise<void> {
  try {
    await work()
  } catch (error) {
    await handle.close()
    throw error
  }
}

async function unless<T>(code: string, work: Promise<T>): Promise<T | undefined> {
  try {
    return await work
  } catch (error) {
    if (hasCode(error, code)) return undefined
    throw error
  }
}

function hasCode(error: unknown, ...codes: string[]): boolean {
  return error instanceof Error && 'code' in error && codes.includes(error.code as string)
}
