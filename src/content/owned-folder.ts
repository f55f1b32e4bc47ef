/**
 * A place below a folder that this machine's owner named: walked through no link, so that nothing outside that folder is ever read, also
 * when somebody swaps folders for links meanwhile.
 */

import { TreecastError } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import type { FileStat, Files, OpenFile } from '../system/files.ts'

export interface OwnedPlace {
  readonly folder: string
  /** Names below it; none for the folder itself. */
  readonly parts: readonly string[]
}

/** The place of something in the place, which is a folder. */
export function within({ folder, parts }: OwnedPlace, name: string): OwnedPlace {
  return { folder, parts: [...parts, name] }
}

/** What is there; undefined when nothing is. @throws ENOTDIR, ELOOP when a link is on the way */
export async function statPlace(files: Files, place: OwnedPlace): Promise<FileStat | undefined> {
  if (place.parts.length === 0) return files.stat(place.folder)
  return inFolderOf(files, place, (path) => files.stat(path))
}

/** The file there, to be read. @throws E_NOT_A_FILE, or the file system's error */
export function openPlace(files: Files, place: OwnedPlace): Promise<OpenFile> {
  return inFolderOf(files, place, async (path) => {
    // Opening a named pipe would wait for its writer.
    if ((await files.stat(path))?.kind === 'file') return files.open(path, 'read')
    throw new TreecastError('E_NOT_A_FILE', `${escapeText(place.parts.join('/'))} is no file any more`)
  })
}

/** Names in the folder there, in the order of their code units. */
export async function listPlace(files: Files, place: OwnedPlace): Promise<string[]> {
  const { folder, parts } = place
  const names = parts.length === 0 ? files.list(folder) : inFolderOf(files, place, (path) => files.list(path))
  return (await names).sort()
}

/** Does something with a path to the place that is good for as long as that takes. */
export async function inFolderOf<T>(
  files: Files,
  { folder, parts }: OwnedPlace,
  use: (path: string) => Promise<T>,
): Promise<T> {
  const held = await files.holdFolder(folder, parts.slice(0, -1))
  try {
    return await use(`${held.path}/${parts.at(-1)}`)
  } finally {
    await held.close()
  }
}
