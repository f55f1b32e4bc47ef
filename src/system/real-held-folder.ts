/**
 * Folders held open, so that a path cannot lead elsewhere between a check and a rename: what openat(2) is for. Node has no openat; on
 * Linux, /proc/self/fd names an open folder, and a path that goes on behind it starts at that very folder.
 *
 * Elsewhere the path is the one that was walked, and somebody who may rename folders below `base` could still lead it astray.
 */

import { constants, existsSync } from 'node:fs'
import { type FileHandle, mkdir, open } from 'node:fs/promises'
import type { HeldFolder } from './files.ts'

const { O_DIRECTORY, O_NOFOLLOW, O_RDONLY } = constants
const OPEN_FOLDERS = '/proc/self/fd'

/** See Files.holdFolder(). */
export async function holdFolder(base: string, parts: readonly string[], mode?: number): Promise<HeldFolder> {
  let path = base
  let handle = await openFolder(path)
  let held = heldPath(handle, path)
  for (const part of parts) {
    path = `${path}/${part}`
    try {
      const next = await openPart(handle, `${held}/${part}`, mode)
      await handle.close()
      handle = next
      held = heldPath(handle, path)
    } catch (error) {
      await handle.close()
      throw error
    }
  }
  return { path: held, sync: () => handle.sync(), close: () => handle.close() }
}

async function openPart(parent: FileHandle, path: string, mode: number | undefined): Promise<FileHandle> {
  try {
    return await openFolder(path)
  } catch (error) {
    if (mode === undefined || (error as NodeJS.ErrnoException).code !== 'ENOENT') throw error
  }
  await mkdir(path, { mode })
  const made = await openFolder(path)
  try {
    await made.chmod(mode)
    await parent.sync()
    return made
  } catch (error) {
    await made.close()
    throw error
  }
}

function openFolder(path: string): Promise<FileHandle> {
  return open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW)
}

function heldPath(handle: FileHandle, path: string): string {
  const held = `${OPEN_FOLDERS}/${handle.fd}`
  return existsSync(held) ? held : path
}
