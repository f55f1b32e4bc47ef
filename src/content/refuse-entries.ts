/**
 * Which entry lists are accepted: the one judge, asked by the pusher (so that a mistake is told at once) and by every terminal (who
 * trusts neither the pusher nor the main server). A list is refused whole. Pure.
 */

import { type Entry, pathOf, TOP } from './entries.ts'
import { refuseLink } from './refuse-links.ts'
import { foldName, refuseName } from './safe-name.ts'

/** Room for a path below the inbox, and below a terminal's staging folder, within the 4096 bytes of a system call. */
const MAX_PATH_BYTES = 2048
const MAX_DEPTH = 128

export interface EntryRefusal {
  /** From the top of the content. */
  readonly path: string
  /** What is wrong, to be read behind the path. */
  readonly why: string
}

/** Why the list is refused, with the first entry at fault; undefined when it is accepted. */
export function refuseEntries(entries: readonly Entry[]): EntryRefusal | undefined {
  /** Of each folder, by index + 1: its names as a file system without cases would see them. */
  const taken: (Map<string, string> | undefined)[] = []
  const sizes: { bytes: number; depth: number }[] = []
  for (const [index, entry] of entries.entries()) {
    const why = refusePlace(entries, entry, sizes) ?? refuseName(entry.name) ?? refuseTwin(entry, taken)
    if (why !== undefined) return { path: pathOf(entries, index), why }
  }
  // Links last: they lead through entries that must be right.
  if (!entries.some(({ kind }) => kind === 'link')) return undefined
  const children = new Map<string, number>()
  for (const [index, { in: folder, name }] of entries.entries()) children.set(`${folder}/${name}`, index)
  for (const [index, entry] of entries.entries()) {
    if (entry.kind !== 'link') continue
    const why = refuseLink({ entries, find: (folder, name) => children.get(`${folder}/${name}`) }, index)
    if (why !== undefined) return { path: pathOf(entries, index), why }
  }
  return undefined
}

function refusePlace(
  entries: readonly Entry[],
  { in: folder, name, kind }: Entry,
  sizes: { bytes: number; depth: number }[],
): string | undefined {
  const above = folder === TOP ? { bytes: 0, depth: 0 } : sizes[folder]
  const size = { bytes: (above?.bytes ?? 0) + Buffer.byteLength(name) + 1, depth: (above?.depth ?? 0) + 1 }
  sizes.push(size)
  const holder = entries[folder]
  if (folder !== TOP && holder?.kind !== 'folder') return `is in a ${holder?.kind ?? 'folder that is not there'}`
  if (folder === TOP && kind === 'link') return 'is a link and in no folder'
  if (size.bytes > MAX_PATH_BYTES) return `has a path longer than ${MAX_PATH_BYTES} bytes`
  return size.depth > MAX_DEPTH ? `is deeper than ${MAX_DEPTH} folders` : undefined
}

function refuseTwin({ in: folder, name }: Entry, taken: (Map<string, string> | undefined)[]): string | undefined {
  taken[folder + 1] ??= new Map()
  const names = taken[folder + 1] as Map<string, string>
  const fold = foldName(name)
  const twin = names.get(fold)
  names.set(fold, name)
  if (twin === undefined) return undefined
  return twin === name ? 'is there twice' : `is the same as '${twin}' where case and accents are not told apart`
}
