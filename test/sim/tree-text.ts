/** What a file or folder is, as text: equal for equal trees, whether they come from a list of entries or from a disk. */

import { type Entry, TOP } from '../../src/content/entries.ts'
import { fileExtents } from '../../src/content/file-extents.ts'
import { digestOf } from '../../src/seal/digests.ts'
import type { FileFacts, Files } from '../../src/system/files.ts'
import { readWhole } from './read-disk.ts'

/** A file alone. */
export function fileText(bytes: Uint8Array, { mode, modifiedMs }: FileFacts): string {
  return `file ${mode.toString(8)} ${modifiedMs} ${Buffer.from(digestOf(bytes)).toString('hex')}`
}

/** The tree below each top of a list, in order; `stream` is the list, then the bytes of its files. */
export function textsOf(entries: readonly Entry[], stream: Uint8Array, listBytes: number): string[] {
  const inner: string[][] = entries.map(() => [])
  const texts: string[] = []
  const bytes = new Map([...fileExtents(entries, listBytes)].map((extent) => [extent.entry, extent]))
  // What is in a folder comes behind it.
  for (let index = entries.length - 1; index >= 0; index--) {
    const entry = entries[index] as Entry
    const extent = bytes.get(index)
    const from = extent?.offset ?? 0
    const text = entryText(entry, {
      names: inner[index] ?? [],
      bytes: stream.subarray(from, from + (extent?.bytes ?? 0)),
    })
    if (entry.in === TOP) texts.unshift(text)
    else inner[entry.in]?.push(`${entry.name}: ${text}`)
  }
  return texts
}

/** What lies at a path of a disk; undefined when nothing does. */
export async function readText(files: Files, path: string): Promise<string | undefined> {
  const stat = await files.stat(path)
  switch (stat?.kind) {
    case 'file':
      return fileText((await readWhole(files, path)) ?? new Uint8Array(0), stat)
    case 'link':
      return `link ${await files.readLink(path)}`
    case 'folder': {
      const names: string[] = []
      for (const name of await files.list(path)) names.push(`${name}: ${await readText(files, `${path}/${name}`)}`)
      return folderText(stat, names)
    }
    default:
      return stat?.kind
  }
}

/** The same tree with a top that its owner may write to, as a folder must be while it is renamed. */
export function whileMoved(text: string): string {
  return text.replace(/^folder (\d+)/, (_, mode: string) => `folder ${(Number.parseInt(mode, 8) | 0o200).toString(8)}`)
}

function entryText(entry: Entry, { names, bytes }: { names: readonly string[]; bytes: Uint8Array }): string {
  if (entry.kind === 'link') return `link ${entry.target}`
  return entry.kind === 'folder' ? folderText(entry, names) : fileText(bytes, entry)
}

function folderText({ mode, modifiedMs }: FileFacts, names: readonly string[]): string {
  return `folder ${mode.toString(8)} ${modifiedMs} {\n${[...names].sort().join('\n')}\n}`
}
