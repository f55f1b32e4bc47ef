/** Whether a terminal can take a content: asked before its bytes move, and checked again when its transport request comes. */

import { join } from 'node:path'
import prettyBytes from 'pretty-bytes'
import type { Inbox } from '../content/inbox.ts'
import { refusePublication } from '../content/publishing.ts'
import { refuseTops, topsOf } from '../content/tops.ts'
import { codeOf } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import type { Reason } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'

export type OfferedContent = Pick<Manifest, 'destination' | 'bytes' | 'entryList' | 'force'>

/** What a small file, folder or link takes beside its bytes: a block of the disk. */
const ENTRY_ROOM_BYTES = 4096

/** Why the content cannot be taken, with what to do about it; undefined when it can. */
export async function refuseContent(
  { files, inbox }: { readonly files: Files; readonly inbox: Inbox },
  offered: OfferedContent,
): Promise<Reason | undefined> {
  /** By folder, whether it may be written to. */
  const known = new Map<string, boolean>()
  for (const folder of [inbox.staging, inbox.folder]) {
    const mayWrite = await unlessGone(files.mayWrite(folder))
    if (mayWrite === undefined) {
      const message = `its folder ${folder} is gone: mount it again, or start the terminal again, which makes it`
      return { code: 'E_INBOX', message }
    }
    known.set(folder, mayWrite)
  }
  const refusal = refuseTops(offered) ?? (await refusePublication(files, inbox, { ...offered, transfer: 0 }))
  if (refusal !== undefined) return refusal
  const folders = await Promise.all(topsOf(offered).map(({ destination }) => folderOf(files, inbox, destination)))
  for (const folder of new Set([inbox.staging, ...folders])) {
    if (known.get(folder) ?? (await files.mayWrite(folder))) continue
    return { code: 'E_INBOX', message: `its folder ${folder} cannot be written to: change its mode or mount there` }
  }
  const freeBytes = await files.freeBytes(inbox.staging)
  const neededBytes = roomFor(offered)
  if (neededBytes <= freeBytes) return undefined
  const [free, needed] = [freeBytes, neededBytes].map((count) => prettyBytes(count, { binary: true }))
  return { code: 'E_NO_SPACE', message: `${free} free in ${inbox.folder}, ${needed} needed: free space there` }
}

/** Undefined when what is asked about is not there. */
async function unlessGone<T>(asked: Promise<T>): Promise<T | undefined> {
  try {
    return await asked
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return undefined
    throw error
  }
}

/** Room for the content: entries are made from its stream, which stays until they are published. */
function roomFor({ bytes, entryList }: OfferedContent): number {
  if (bytes === null || entryList === null) return bytes ?? 0
  return bytes + (bytes - entryList.bytes) + entryList.entries * ENTRY_ROOM_BYTES
}

/** The folder that is there already and would get the content, or the folders that are missing on the way to it. */
async function folderOf(files: Files, inbox: Inbox, destination: string): Promise<string> {
  let folder = inbox.folder
  for (const part of destination.split('/').slice(0, -1)) {
    const next = join(folder, part)
    if ((await files.stat(next)) === undefined) break
    folder = next
  }
  return folder
}
