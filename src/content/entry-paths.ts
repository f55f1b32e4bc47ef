/** Paths of entries on a disk, made from those of the folders that they are in. Pure. */

import { type Entry, TOP } from './entries.ts'

/**
 * The path of each entry by its index.
 * @param topPath of the k-th entry at the top
 */
export function entryPaths(entries: readonly Entry[], topPath: (k: number) => string): (index: number) => string {
  const tops = new Map<number, number>()
  for (const [index, entry] of entries.entries()) if (entry.in === TOP) tops.set(index, tops.size)
  // Of folders only: all others hang below them, and a path for each of a million would be memory for nothing.
  const folders = new Map<number, string>()
  return function path(index): string {
    const known = folders.get(index)
    if (known !== undefined) return known
    const entry = entries[index] as Entry
    const own = entry.in === TOP ? topPath(tops.get(index) as number) : `${path(entry.in)}/${entry.name}`
    if (entry.kind === 'folder') folders.set(index, own)
    return own
  }
}
