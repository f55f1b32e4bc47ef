/**
 * The entries of a content made real, in staging: what is complete and checked in the staged stream becomes files, folders and links.
 *
 *   staging/TRANSFER.tree/0, 1, …      one for each top, named by number
 *
 * Nothing in the inbox is touched. Staging is of mode 0700 and everything in it is made new, so nobody else can put a link in the way.
 */

import { join } from 'node:path'
import type { Files, OpenFile } from '../system/files.ts'
import { giveBack } from '../system/packet-memory.ts'
import type { Entry, FileEntry } from './entries.ts'
import { entryPaths } from './entry-paths.ts'
import { fileExtents } from './file-extents.ts'
import { writeAround } from './holes.ts'

export interface TreePlan {
  readonly entries: readonly Entry[]
  /** The whole content: entry list, then the files' bytes. */
  readonly stream: OpenFile
  readonly listBytes: number
  /** Where the tops are made; whatever is there is removed first. */
  readonly folder: string
}

/** Files up to this size are made in one step, larger ones piece by piece and around what is zero, whatever they were where they came from. */
const SMALL_FILE_BYTES = 256 * 1024
const PIECE_BYTES = 1024 * 1024

const OWNER_ALL = 0o700
const OWNER_LOOKS = 0o500

/** Makes the whole tree, for good. @throws the file system's error; what was made is still there then */
export async function buildTree(files: Files, plan: TreePlan): Promise<void> {
  const { entries, folder } = plan
  await files.removeTree(folder)
  await files.makeFolder(folder, OWNER_ALL)
  const paths = entryPaths(entries, (k) => join(folder, String(k)))
  const extents = fileExtents(entries, plan.listBytes)
  const window = new ReadWindow(plan.stream)
  for (const [index, entry] of entries.entries()) {
    const path = paths(index)
    if (entry.kind === 'folder') await files.makeFolder(path, OWNER_ALL)
    else if (entry.kind === 'link') await files.makeLink(path, entry.target, entry.modifiedMs)
    else await makeFile({ files, window, path, entry, offset: extents.next().value?.offset ?? 0 })
  }
  const folders = [...entries.entries()].filter(([, { kind }]) => kind === 'folder').reverse()
  for (const [index, { mode, modifiedMs }] of folders) {
    await files.setFolder(paths(index), { mode: mode | OWNER_LOOKS, modifiedMs })
  }
  await files.syncTree(folder)
  // One that its own owner may not look into is closed only when everything in it is safe.
  for (const [index, facts] of folders) {
    if ((facts.mode & OWNER_LOOKS) !== OWNER_LOOKS) await closeFolder(files, paths(index), facts)
  }
}

interface FileWork {
  readonly files: Files
  readonly window: ReadWindow
  readonly path: string
  readonly entry: FileEntry
  readonly offset: number
}

async function makeFile({ files, window, path, entry, offset }: FileWork): Promise<void> {
  if (entry.bytes <= SMALL_FILE_BYTES) return files.writeFile(path, await window.read(offset, entry.bytes), entry)
  const file = await files.open(path, 'create')
  try {
    for (let at = 0; at < entry.bytes; at += PIECE_BYTES) {
      const piece = await window.read(offset + at, Math.min(PIECE_BYTES, entry.bytes - at))
      await writeAround(file, at, piece)
    }
    await file.truncate(entry.bytes)
    await file.setMode(entry.mode)
    await file.setModified(entry.modifiedMs)
  } finally {
    await file.close()
  }
}

async function closeFolder(files: Files, path: string, { mode, modifiedMs }: Entry): Promise<void> {
  const held = await files.holdFolder(path, [])
  try {
    await files.setFolder(path, { mode, modifiedMs })
    await held.sync()
  } finally {
    await held.close()
  }
}

/** Reads the stream from its start to its end, a large piece at a time, however small what is asked for. What it gives is good until the next read. */
class ReadWindow {
  readonly #stream: OpenFile
  #bytes: Uint8Array = new Uint8Array(0)
  #from = 0

  constructor(stream: OpenFile) {
    this.#stream = stream
  }

  async read(offset: number, length: number): Promise<Uint8Array> {
    if (offset < this.#from || offset + length > this.#from + this.#bytes.length) {
      // Whoever asked for a part of it is done with that.
      giveBack(this.#bytes)
      this.#bytes = await this.#stream.read(offset, PIECE_BYTES)
      this.#from = offset
    }
    const bytes = this.#bytes.subarray(offset - this.#from, offset - this.#from + length)
    if (bytes.length === length) return bytes
    // The stream ends in a hole.
    const whole = new Uint8Array(length)
    whole.set(bytes)
    return whole
  }
}
