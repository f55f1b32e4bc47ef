/** The entries of a folder, or of several PATHs side by side, drawn from a seed: nested folders, files of all sizes, links. */

import { type Entry, TOP } from '../../src/content/entries.ts'
import type { Draws } from './draws.ts'
import type { FolderPlan } from './scenario.ts'

const MODIFIED_MS = 1_600_000_000_000
/** Not every file was changed at a whole second: what lies on a disk is described by the same milliseconds as before. */
const BETWEEN_SECONDS_MS = 299
/** One that its owner may not write to cannot be renamed as it is. */
const FOLDER_MODES = [0o755, 0o755, 0o750, 0o555]
const FILE_MODES = [0o644, 0o755, 0o400]

/** Entries whose files have `bytes` bytes in all; none when there is no file. The first tops are called by `names`, in order. */
export function drawEntries(
  draws: Draws,
  folder: FolderPlan,
  wish: { names: readonly string[]; bytes: number },
): Entry[] {
  const entries: Entry[] = []
  for (const [k, name] of wish.names.entries()) entries.push(drawEntry(draws, { name, in: TOP, isFolder: k === 0 }))
  while (entries.length < folder.entries) {
    const folders = entries.flatMap(({ kind }, index) => (kind === 'folder' ? [index] : []))
    const name = `e${entries.length}`
    const within = draws.oneOf(folders)
    entries.push(
      draws.happens(0.15) ? drawLink(draws, { name, in: within, entries }) : drawEntry(draws, { name, in: within }),
    )
  }
  return withBytes(draws, entries, wish.bytes)
}

interface Place {
  readonly name: string
  readonly in: number
}

function drawEntry(draws: Draws, { isFolder = false, ...place }: Place & { readonly isFolder?: boolean }): Entry {
  const facts = { ...place, modifiedMs: MODIFIED_MS + draws.whole(0, 1_000_000) * 1000 }
  if (isFolder || draws.happens(0.3)) return { kind: 'folder', ...facts, mode: draws.oneOf(FOLDER_MODES) }
  const mode = draws.oneOf(FILE_MODES)
  const modifiedMs = facts.modifiedMs + (draws.happens(0.2) ? BETWEEN_SECONDS_MS : 0)
  return { kind: 'file', ...facts, modifiedMs, mode, bytes: 0 }
}

/** To one beside it, or to nothing. */
function drawLink(draws: Draws, { entries, ...place }: Place & { readonly entries: readonly Entry[] }): Entry {
  const beside = entries.filter((entry) => entry.in === place.in && entry.kind !== 'link').map(({ name }) => name)
  return { kind: 'link', ...place, mode: 0o777, modifiedMs: MODIFIED_MS, target: draws.oneOf(['nowhere', ...beside]) }
}

/** Each file gets a part of the bytes, some nothing, the last what is left. */
function withBytes(draws: Draws, entries: readonly Entry[], bytes: number): Entry[] {
  const last = entries.findLastIndex(({ kind }) => kind === 'file')
  let left = bytes
  return entries.map((entry, index) => {
    if (entry.kind !== 'file') return entry
    const own = index === last ? left : draws.happens(0.1) ? 0 : draws.whole(0, Math.ceil(left / 2))
    left -= own
    return { ...entry, bytes: own }
  })
}
