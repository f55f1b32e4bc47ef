/**
 * Where content lands, and where it is until it is whole.
 *
 *   staging/TRANSFER.part          its stream of bytes
 *   staging/TRANSFER.tree/K        its entries, made from that stream (staged-tree.ts)
 *   staging/TRANSFER.replaced/K    what it replaces, until that is recorded (publishing.ts)
 *
 * Staging is a folder of mode 0700 on the inbox's own file system: HOME/relay/staging when that is the same one, else `.treecast` in
 * the inbox.
 */

import { dirname, join } from 'node:path'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { FileFacts, Files, OpenFile } from '../system/files.ts'

const FOLDER_MODE = 0o755

export interface Inbox {
  readonly folder: string
  readonly staging: string
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

/** Where its entries are made. */
export function stagedTreePath(inbox: Inbox, transfer: number): string {
  return join(inbox.staging, `${transfer}.tree`)
}

/** Where what it replaces is kept until that is recorded. */
export function replacedFolder(inbox: Inbox, transfer: number): string {
  return join(inbox.staging, `${transfer}.replaced`)
}

/** Removes all that staging holds of a transfer. */
export async function removeStaged(files: Files, inbox: Inbox, transfer: number): Promise<void> {
  await files.remove(stagedPath(inbox, transfer))
  await files.removeTree(stagedTreePath(inbox, transfer))
  await files.removeTree(replacedFolder(inbox, transfer))
}

/** A new, empty staged file; leftovers of an attempt that no state remembers are removed. */
export async function createStaged(files: Files, inbox: Inbox, transfer: number): Promise<OpenFile> {
  const path = stagedPath(inbox, transfer)
  const file = await files.open(path, 'create').catch(async (error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error
    await files.remove(path)
    return files.open(path, 'create')
  })
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
    const transfer = /^(\d+)\.(part|tree|replaced)$/.exec(name)?.[1]
    if (transfer !== undefined && !kept.has(Number(transfer))) await files.removeTree(join(inbox.staging, name))
  }
}

/** Gives the staged file its mode and time and makes it durable as it will be. */
export async function finishStaged(file: OpenFile, { mode, modifiedMs }: FileFacts): Promise<void> {
  await file.setMode(mode)
  await file.setModified(modifiedMs)
  await file.sync()
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
