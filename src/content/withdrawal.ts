/**
 * Published content is taken out of the inbox again: one atomic rename into staging, then its removal.
 *
 * Only what is still as it was published goes. A file that somebody changed or replaced there is its owner's, and stays: it is told by
 * the inode, size and modification time, which a write, a copy over it and an editor's rename all change.
 */

import { dirname, join } from 'node:path'
import type { Files } from '../system/files.ts'
import type { Inbox } from './inbox.ts'
import { moveEntry } from './move-entry.ts'
import type { Top } from './tops.ts'

export type Withdrawal = 'withdrawn' | 'gone' | 'changed'

/** By what content is known again: JSON, a mark for each destination. */
export async function marksOf(files: Files, inbox: Inbox, tops: readonly Top[]): Promise<string> {
  const marks: Record<string, string> = {}
  for (const { destination } of tops) marks[destination] = await markOf(files, inbox, destination)
  return JSON.stringify(marks)
}

/** By what the content at a destination is known again. */
export async function markOf(files: Files, inbox: Inbox, destination: string): Promise<string> {
  const stat = await files.stat(join(inbox.folder, destination))
  if (stat === undefined) return 'null'
  const { kind, inode, bytes, modifiedMs } = stat
  return JSON.stringify({ kind, inode, bytes, modifiedMs })
}

/**
 * Takes the content out when it still has its mark. Harmless to repeat after a crash at any point: what was moved aside is gone from
 * the destination.
 * @throws the file system's error; the content is at its destination or in staging then
 */
export async function withdraw(
  files: Files,
  inbox: Inbox,
  content: { transfer: number; destination: string; mark: string },
): Promise<Withdrawal> {
  const { transfer, destination, mark } = content
  const path = join(inbox.folder, destination)
  const aside = join(inbox.staging, `${transfer}.replaced`)
  await files.removeTree(aside)
  const there = await markOf(files, inbox, destination)
  if (there === 'null') {
    // An earlier try may have ended between the rename and its sync.
    const folder = dirname(path)
    if ((await files.stat(folder))?.kind === 'folder') await files.syncFolder(folder)
    return 'gone'
  }
  if (there !== mark) return 'changed'
  await moveEntry(files, { from: path, to: aside, stat: await files.stat(path) })
  await files.syncFolder(dirname(path))
  await files.removeTree(aside)
  return 'withdrawn'
}
