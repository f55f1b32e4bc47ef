/**
 * What a content of folders is made of: its entries, each in the folder of an earlier one. The bytes of the files follow one another in
 * the same order, so small files share packets. entry-list-codec.ts has the bytes, refuse-entries.ts says what is not accepted.
 */

import type { FileFacts } from '../system/files.ts'

/** The index of `in` of an entry that is in no folder of the list: the content's own top. */
export const TOP = -1

interface EntryFacts extends FileFacts {
  readonly name: string
  /** Index of the folder that it is in, TOP for none; always lower than its own. */
  readonly in: number
}

export interface FileEntry extends EntryFacts {
  readonly kind: 'file'
  readonly bytes: number
}

export interface FolderEntry extends EntryFacts {
  readonly kind: 'folder'
}

export interface LinkEntry extends EntryFacts {
  readonly kind: 'link'
  readonly target: string
}

export type Entry = FileEntry | FolderEntry | LinkEntry

/** What names an entry for people: its path from the top, parts joined by `/`. */
export function pathOf(entries: readonly Entry[], index: number): string {
  const parts: string[] = []
  for (let at = index; at !== TOP; at = (entries[at] as Entry).in) parts.unshift((entries[at] as Entry).name)
  return parts.join('/')
}

/** Bytes of all files together. */
export function bytesOf(entries: readonly Entry[]): number {
  return entries.reduce((sum, entry) => sum + (entry.kind === 'file' ? entry.bytes : 0), 0)
}
