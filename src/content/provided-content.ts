/**
 * A file or folder on this machine's disk as a content that others get: its description, and its bytes at any offset. Nothing is copied.
 * Links are sent as links, and nowhere followed.
 */

import { digestOf } from '../seal/digests.ts'
import { TreecastError } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import type { FileStat, Files } from '../system/files.ts'
import { LIMITS } from '../wire/limits.ts'
import type { EntryListDescription } from '../wire/signed-documents.ts'
import { bytesOf, type Entry, pathOf, TOP } from './entries.ts'
import { encodeEntryList } from './entry-list-codec.ts'
import { inFolderOf, listPlace, type OwnedPlace, openPlace, statPlace, within } from './owned-folder.ts'
import { refuseEntries } from './refuse-entries.ts'
import { type ReadableStream, TreeStream } from './tree-stream.ts'

export interface ProvidedContent {
  /** With those of the entry list. */
  readonly bytes: number
  readonly mode: number
  readonly modifiedMs: number
  /** Its top lands by the name that was asked for. */
  readonly entryList: EntryListDescription | null
  readonly stream: ReadableStream
}

const MODE_BITS = 0o777

/**
 * What lies at a place, under the last name that it is to have.
 * @throws E_PATH_UNREADABLE, E_PATH_REFUSED, E_PATH_TOO_MANY, or the file system's error
 */
export async function openProvided(files: Files, place: OwnedPlace, name: string): Promise<ProvidedContent> {
  const stat = await statPlace(files, place)
  if (stat?.kind === 'file') {
    const stream = await openPlace(files, place)
    return { ...factsOf(stat), bytes: stat.bytes, entryList: null, stream }
  }
  if (stat?.kind !== 'folder') {
    const what = stat === undefined ? 'does not exist' : 'is no file or folder'
    throw new TreecastError('E_PATH_UNREADABLE', `${escapeText(place.parts.join('/'))} ${what} there`)
  }
  return openFolder(files, place, { ...factsOf(stat), name })
}

async function openFolder(
  files: Files,
  place: OwnedPlace,
  top: { readonly mode: number; readonly modifiedMs: number; readonly name: string },
): Promise<ProvidedContent> {
  const { mode, modifiedMs, name } = top
  const entries: Entry[] = [{ kind: 'folder', in: TOP, name, mode, modifiedMs }]
  await addFolder(files, place, { entries, folder: 0 })
  const refusal = refuseEntries(entries)
  if (refusal !== undefined) {
    const message = `${escapeText(refusal.path)} ${escapeText(refusal.why)}: no terminal would accept it`
    throw new TreecastError('E_PATH_REFUSED', message)
  }
  const list = encodeEntryList(entries)
  const below = (entry: number) => pathOf(entries, entry).split('/').slice(1)
  const open = (entry: number) => openPlace(files, { ...place, parts: [...place.parts, ...below(entry)] })
  return {
    mode,
    modifiedMs,
    bytes: list.length + bytesOf(entries),
    entryList: {
      bytes: list.length,
      digest: digestOf(list),
      entries: entries.length,
      tops: [{ destination: name, kind: 'folder' }],
    },
    stream: new TreeStream({ entries, list, open }),
  }
}

/** Adds what is in the folder at a place to the entries, in which that folder has this index. */
async function addFolder(
  files: Files,
  place: OwnedPlace,
  { entries, folder }: { readonly entries: Entry[]; readonly folder: number },
): Promise<void> {
  for (const name of await listPlace(files, place)) {
    if (entries.length >= LIMITS.entries) {
      throw new TreecastError('E_PATH_TOO_MANY', `more than ${LIMITS.entries} files, folders and links are too many`)
    }
    const at = within(place, name)
    const stat = await statPlace(files, at)
    const facts = stat && { name, in: folder, ...factsOf(stat) }
    if (facts === undefined || stat?.kind === 'other') {
      const message = `${escapeText(at.parts.join('/'))} is no file, folder or link`
      throw new TreecastError('E_PATH_REFUSED', message)
    }
    if (stat?.kind === 'link') {
      entries.push({ ...facts, kind: 'link', target: await inFolderOf(files, at, (path) => files.readLink(path)) })
    } else if (stat?.kind === 'file') entries.push({ ...facts, kind: 'file', bytes: stat.bytes })
    else {
      entries.push({ ...facts, kind: 'folder' })
      await addFolder(files, at, { entries, folder: entries.length - 1 })
    }
  }
}

function factsOf({ mode, modifiedMs }: FileStat): { readonly mode: number; readonly modifiedMs: number } {
  return { mode: mode & MODE_BITS, modifiedMs: Math.round(modifiedMs) }
}
