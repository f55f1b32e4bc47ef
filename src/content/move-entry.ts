/**
 * Renames a file or folder between two folders of one file system. A folder that forbids its owner to write cannot change the folder that
 * it is in (its `..` changes with it): it is opened for that moment, and closed again right behind the rename.
 *
 * A process that is killed in between leaves it open, at the one place or the other.
 */

import type { FileStat, Files } from '../system/files.ts'

const OWNER_WRITES = 0o200

export interface Move {
  readonly from: string
  readonly to: string
  /** Of what is moved; undefined for what is no folder. */
  readonly stat: FileStat | undefined
}

/** @throws the file system's error */
export async function moveEntry(files: Files, { from, to, stat }: Move): Promise<void> {
  if (stat?.kind !== 'folder' || (stat.mode & OWNER_WRITES) !== 0) return files.rename(from, to)
  await files.setFolder(from, { ...stat, mode: stat.mode | OWNER_WRITES })
  await files.rename(from, to)
  await files.setFolder(to, stat)
}
