/**
 * From staging to the inbox: one atomic rename, so a reader sees the old content or the new, never a part of either.
 *
 * Staging is a folder of mode 0700 on the inbox's own file system: HOME/relay/staging when that is the same one, else `.treecast` in
 * the inbox. No link is followed anywhere below the inbox.
 */

import { dirname, join } from 'node:path'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { Files, OpenFile } from '../system/files.ts'

const FOLDER_MODE = 0o755

export interface Inbox {
  readonly folder: string
  readonly staging: string
}

export interface Publication {
  readonly destination: string
  readonly mode: number
  readonly modifiedMs: number
  /** Whether something that is not a file may be replaced. */
  readonly force: boolean
}

/** Makes the inbox and its staging folder. @throws E_INBOX when something else is in the way */
export async function openInbox(files: Files, folder: string, preferredStaging: string): Promise<Inbox> {
  await makeUnlessThere(files, folder, FOLDER_MODE)
  await files.makeFolder(preferredStaging, 0o700)
  // Without it a power cut could take a whole folder, with content in it that a receipt was given for.
  await files.syncFolder(dirname(folder))
  await files.syncFolder(dirname(preferredStaging))
  const [inboxStat, stagingStat] = [await files.stat(folder), await files.stat(preferredStaging)]
  if (inboxStat?.kind !== 'folder') {
    throw new TreecastError('E_INBOX', `the inbox ${folder} is not a folder: name another with --inbox`)
  }
  if (stagingStat?.device === inboxStat.device) return { folder, staging: preferredStaging }
  const staging = join(folder, '.treecast')
  await makeUnlessThere(files, staging, 0o700)
  if ((await files.stat(staging))?.kind !== 'folder') {
    throw new TreecastError('E_INBOX', `${staging} is in the way: remove it, treecast keeps unfinished content there`)
  }
  return { folder, staging }
}

/** Where a transfer's unfinished content lies. */
export function stagedPath(inbox: Inbox, transfer: number): string {
  return join(inbox.staging, `${transfer}.part`)
}

/** A new, empty staged file; leftovers of an attempt that no state remembers are removed. */
export async function createStaged(files: Files, inbox: Inbox, transfer: number): Promise<OpenFile> {
  const path = stagedPath(inbox, transfer)
  await files.remove(path)
  const file = await files.open(path, 'create')
  try {
    await files.syncFolder(inbox.staging)
    return file
  } catch (error) {
    await file.close()
    await files.remove(path)
    throw error
  }
}

/** Removes what attempts left that the state of no transfer in `kept` remembers. */
export async function clearStaging(files: Files, inbox: Inbox, kept: ReadonlySet<number>): Promise<void> {
  for (const name of await files.list(inbox.staging)) {
    const transfer = /^(\d+)\.(part|replaced)$/.exec(name)?.[1]
    if (transfer !== undefined && !kept.has(Number(transfer))) await files.removeTree(join(inbox.staging, name))
  }
}

/**
 * Why the content cannot be put there; undefined when it can. What is there may change before publish(), which checks again.
 */
export async function refusePublication(
  files: Files,
  inbox: Inbox,
  publication: Publication,
): Promise<{ code: string; message: string } | undefined> {
  const parts = publication.destination.split('/')
  let path = inbox.folder
  for (const part of parts.slice(0, -1)) {
    path = join(path, part)
    const stat = await files.stat(path)
    if (stat === undefined) return undefined
    if (stat.kind !== 'folder') {
      return {
        code: 'E_DESTINATION_BLOCKED',
        message: `${path} is a ${stat.kind}, not a folder: remove it there or push with another --dest`,
      }
    }
  }
  const there = await files.stat(join(inbox.folder, publication.destination))
  if (there === undefined || there.kind === 'file' || publication.force) return undefined
  return {
    code: 'E_DESTINATION_BLOCKED',
    message: `${publication.destination} is a ${there.kind} there and the content a file: push with another --dest, or with --force to replace it`,
  }
}

/** Gives the staged file its mode and time and makes it durable as it will be. */
export async function finishStaged(file: OpenFile, publication: Publication): Promise<void> {
  await file.setMode(publication.mode)
  await file.setModified(publication.modifiedMs)
  await file.sync()
}

/**
 * Moves the staged content to its destination: the one moment at which it becomes visible.
 * @throws E_DESTINATION_BLOCKED, or the file system's error; the staged content is still there then
 */
export async function publish(files: Files, inbox: Inbox, transfer: number, publication: Publication): Promise<void> {
  const refusal = await refusePublication(files, inbox, publication)
  if (refusal !== undefined) throw new TreecastError('E_DESTINATION_BLOCKED', refusal.message)
  const target = join(inbox.folder, publication.destination)
  await makeFolderForGood(files, inbox, dirname(target))
  const there = await files.stat(target)
  const aside = join(inbox.staging, `${transfer}.replaced`)
  await files.removeTree(aside)
  if (there?.kind === 'folder') await files.rename(target, aside)
  try {
    await files.rename(stagedPath(inbox, transfer), target)
  } catch (error) {
    if (there?.kind === 'folder') await files.rename(aside, target)
    throw error
  }
  await files.syncFolder(dirname(target))
  await files.removeTree(aside)
}

/** The folder is there for good before content moves into it: a power cut must not keep the move and take the folder. */
async function makeFolderForGood(files: Files, inbox: Inbox, folder: string): Promise<void> {
  await files.makeFolder(folder, FOLDER_MODE)
  for (let path = folder; path.length > inbox.folder.length; path = dirname(path)) await files.syncFolder(dirname(path))
}

/** What else is there is told apart later, with a message that says so. */
async function makeUnlessThere(files: Files, path: string, mode: number): Promise<void> {
  try {
    await files.makeFolder(path, mode)
  } catch (error) {
    if (codeOf(error) === 'EEXIST') return
    const message = `the inbox folder ${path} cannot be made (${codeOf(error)}): name another with --inbox`
    throw new TreecastError('E_INBOX', message, { cause: error })
  }
}
