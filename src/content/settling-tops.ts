/**
 * Tops that a process had published when it was killed: whatever was still to be done behind their rename is done once more.
 *
 *   the folder that holds them synced: a power cut must not take back what is recorded as active
 *   a folder that forbids its owner to write closed again: it was open for its rename (move-entry.ts)
 */

import { dirname, join } from 'node:path'
import type { Files } from '../system/files.ts'
import { type Entry, TOP } from './entries.ts'
import { decodeEntryList } from './entry-list-codec.ts'
import { type Inbox, stagedPath } from './inbox.ts'

export interface PublishedTops {
  readonly transfer: number
  /** Of the entry list, which is still in staging; 0 for the bytes of one file. */
  readonly listBytes: number
  /** Number of a top in the list, and its destination. */
  readonly tops: ReadonlyMap<number, string>
}

/** Harmless to repeat, and where somebody has removed what was published. @throws the file system's error */
export async function settleTops(
  files: Files,
  inbox: Inbox,
  { transfer, listBytes, tops }: PublishedTops,
): Promise<void> {
  const entries = listBytes === 0 ? [] : await readTops(files, stagedPath(inbox, transfer), listBytes)
  for (const [k, destination] of tops) {
    const path = join(inbox.folder, destination)
    const entry = entries[k]
    if (entry?.kind === 'folder' && (await files.stat(path))?.kind === 'folder') await files.setFolder(path, entry)
    if ((await files.stat(dirname(path)))?.kind === 'folder') await files.syncFolder(dirname(path))
  }
}

async function readTops(files: Files, path: string, listBytes: number): Promise<Entry[]> {
  const file = await files.open(path, 'read')
  try {
    return decodeEntryList(await file.read(0, listBytes)).filter((entry) => entry.in === TOP)
  } finally {
    await file.close()
  }
}
