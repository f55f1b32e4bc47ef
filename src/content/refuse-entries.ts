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
  /** Of each folder: its names as a file system without cases would see them. */
  const taken = new Map<number, Set<string>>()
  /** Of folders only: a path for each of a million would be memory for nothing. */
  const sizes = new Map<number, PathSize>([[TOP, { bytes: 0, depth: 0 }]])
  for (const [index, entry] of entries.entries()) {
    const why = refusePlace(entries, index, sizes) ?? refuseName(entry.name) ?? refuseTwin(entries, entry, taken)
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

/** Of a path from the top. */
interface PathSize {
  readonly bytes: number
  readonly depth: number
}

function refusePlace(entries: readonly Entry[], index: number, sizes: Map<number, PathSize>): string | undefined {
  const { in: folder, name, kind } = entries[index] as Entry
  const above = sizes.get(folder)
  if (above === undefined) return `is in a ${entries[folder]?.kind ?? 'folder that is not there'}`
  const size = { bytes: above.bytes + Buffer.byteLength(name) + 1, depth: above.depth + 1 }
  if (kind === 'folder') sizes.set(index, size)
  if (folder === TOP && kind === 'link') return 'is a link and in no folder'
  if (size.bytes > MAX_PATH_BYTES) return `has a path longer than ${MAX_PATH_BYTES} bytes`
  return size.depth > MAX_DEPTH ? `is deeper than ${MAX_DEPTH} folders` : undefined
}

function refuseTwin(
  entries: readonly Entry[],
  { in: folder, name }: Entry,
  taken: Map<number, Set<string>>,
): string | undefined {
  const names = taken.get(folder) ?? new Set()
  if (names.size === 0) taken.set(folder, names)
  const fold = foldName(name)
  if (!names.has(fold)) {
    names.add(fold)
    return undefined
  }
  const twin = entries.find((entry) => entry.in === folder && foldName(entry.name) === fold)?.name
  return twin === name ? 'is there twice' : `is the same as '${twin}' where case and accents are not told apart`
}
