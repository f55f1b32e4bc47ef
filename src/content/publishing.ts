/**
 * From staging to the inbox: one atomic rename for each top of a content, so a reader sees the old one or the new, never a part of either.
 *
 *   nothing there, or a file by a file:    staged ──► destination
 *   anything else that is replaced:        destination ──► TRANSFER.replaced/K,  staged ──► destination
 *
 * What was replaced is kept until the caller has recorded that the new one is there; until then a crash between the two renames is
 * taken back by putBack(). The folder that holds the destination is held open from the first check to the last rename: whoever swaps a
 * folder below the inbox for a link meanwhile changes nothing outside it.
 */

import { dirname, join } from 'node:path'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { FileStat, Files, HeldFolder } from '../system/files.ts'
import { type Inbox, replacedFolder, stagedPath, stagedTreePath } from './inbox.ts'
import { moveEntry } from './move-entry.ts'
import { type Top, type TopsOfContent, topsOf } from './tops.ts'

const FOLDER_MODE = 0o755

/** What stands at a destination, in a sentence. */
const KIND_WORDS: Readonly<Record<FileStat['kind'], string>> = {
  file: 'a file',
  folder: 'a folder',
  link: 'a link',
  other: 'a device, pipe or socket',
}

/** How a content is to be published: what its signed description says of that. */
export interface Publication extends TopsOfContent {
  readonly transfer: number
  /** Whether something of another kind may be replaced. */
  readonly force: boolean
}

/** A top, and whether something of another kind may be replaced by it. */
type ForcedTop = Top & Pick<Publication, 'force'>

export interface StagedTop extends ForcedTop {
  /** Its place among the tops of the content, from 0. */
  readonly number: number
  readonly staged: string
  /** Where what it replaces is kept. */
  readonly replaced: string
}

/** Where each top of the content lies until it is published. */
export function stagedTops(inbox: Inbox, publication: Publication): StagedTop[] {
  const { transfer, entryList, force } = publication
  return topsOf(publication).map((top, k) => ({
    ...top,
    force,
    number: k,
    staged: entryList === null ? stagedPath(inbox, transfer) : join(stagedTreePath(inbox, transfer), String(k)),
    replaced: join(replacedFolder(inbox, transfer), String(k)),
  }))
}

/** Why the content cannot be put there; undefined when it can. What is there may change before publishTop(), which checks again. */
export async function refusePublication(
  files: Files,
  inbox: Inbox,
  publication: Publication,
): Promise<{ code: string; message: string } | undefined> {
  for (const top of topsOf(publication)) {
    const refusal = await refuseTop(files, inbox, { ...top, force: publication.force })
    if (refusal !== undefined) return refusal
  }
  return undefined
}

/**
 * Moves one staged top to its destination: the one moment at which it becomes visible.
 * @throws E_DESTINATION_BLOCKED, or the file system's error; the staged content is still there then, and what it was to replace
 */
export async function publishTop(files: Files, inbox: Inbox, top: StagedTop): Promise<void> {
  const parts = top.destination.split('/')
  const name = parts.pop() as string
  const held = await holdParent(files, inbox, parts)
  try {
    const target = `${held.path}/${name}`
    const there = await files.stat(target)
    refuseKind(there, top)
    const staged = top.kind === 'folder' ? await files.stat(top.staged) : undefined
    if (there !== undefined && !(top.kind === 'file' && there.kind !== 'folder')) {
      await setAside(files, inbox, { target, there, replaced: top.replaced })
    }
    try {
      await moveEntry(files, { from: top.staged, to: target, stat: staged })
    } catch (error) {
      if ((await files.stat(target)) === undefined && (await files.stat(top.replaced)) !== undefined) {
        await moveEntry(files, { from: top.replaced, to: target, stat: there })
      }
      throw error
    }
    await held.sync()
  } finally {
    await held.close()
  }
}

/** After a crash: what was moved aside and not replaced yet stands at its destination again. */
export async function putBack(files: Files, inbox: Inbox, publication: Publication): Promise<void> {
  for (const { destination, replaced } of stagedTops(inbox, publication)) {
    const kept = await files.stat(replaced)
    if (kept === undefined) continue
    const parts = destination.split('/')
    const name = parts.pop() as string
    const held = await holdParent(files, inbox, parts)
    try {
      const target = `${held.path}/${name}`
      if ((await files.stat(target)) === undefined) await moveEntry(files, { from: replaced, to: target, stat: kept })
      await held.sync()
    } finally {
      await held.close()
    }
  }
}

async function refuseTop(
  files: Files,
  inbox: Inbox,
  top: ForcedTop,
): Promise<{ code: string; message: string } | undefined> {
  let path = inbox.folder
  const parts = top.destination.split('/')
  for (const part of parts.slice(0, -1)) {
    path = join(path, part)
    const stat = await files.stat(path)
    if (stat === undefined) return undefined
    if (stat.kind !== 'folder') return blockedBy(path, KIND_WORDS[stat.kind])
  }
  try {
    refuseKind(await files.stat(join(inbox.folder, top.destination)), top)
    return undefined
  } catch (error) {
    return { code: codeOf(error), message: (error as Error).message }
  }
}

/** @throws E_DESTINATION_BLOCKED when what is there is not to be replaced by this */
function refuseKind(there: FileStat | undefined, { destination, kind, force }: ForcedTop): void {
  if (there === undefined || there.kind === kind || force) return
  const message = `${destination} is ${KIND_WORDS[there.kind]} there and the content a ${kind}: push with another --dest, or with --force to replace it`
  throw new TreecastError('E_DESTINATION_BLOCKED', message)
}

async function holdParent(files: Files, inbox: Inbox, parts: readonly string[]): Promise<HeldFolder> {
  try {
    return await files.holdFolder(inbox.folder, parts, FOLDER_MODE)
  } catch (error) {
    if (!['ENOTDIR', 'ELOOP', 'EEXIST'].includes(codeOf(error))) throw error
    const { message } = blockedBy(join(inbox.folder, ...parts), 'a file or link, or in one')
    throw new TreecastError('E_DESTINATION_BLOCKED', message, { cause: error })
  }
}

interface Replacing {
  readonly target: string
  readonly there: FileStat
  readonly replaced: string
}

async function setAside(files: Files, inbox: Inbox, { target, there, replaced }: Replacing): Promise<void> {
  await files.removeTree(replaced)
  await files.makeFolder(dirname(replaced), 0o700)
  await files.syncFolder(inbox.staging)
  await moveEntry(files, { from: target, to: replaced, stat: there })
}

function blockedBy(path: string, what: string): { code: string; message: string } {
  return {
    code: 'E_DESTINATION_BLOCKED',
    message: `${path} is ${what}, not a folder: remove it there or push with another --dest`,
  }
}
