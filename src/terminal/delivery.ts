/**
 * The last steps of a delivery at a terminal, in the only order that is safe against a power cut at any point:
 *
 *   all packets held → mode, time, fsync → commit `received` with its receipt                    makeDurable()
 *       (of entries: sync content → make and sync them)
 *                    → rename into the inbox, fsync the folder → commit `active` with its receipt     activate()
 */

import type { DiskTime } from '../content/disk-time.ts'
import type { Entry } from '../content/entries.ts'
import { checkEntryList } from '../content/entry-list-check.ts'
import { finishStaged, type Inbox, removeStaged, stagedTreePath } from '../content/inbox.ts'
import { type Publication, publishTop, type StagedTop, stagedTops } from '../content/publishing.ts'
import { settleTops } from '../content/settling-tops.ts'
import { buildTree } from '../content/staged-tree.ts'
import type { StoredContent } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import { marksOf } from '../content/withdrawal.ts'
import { invariant, messageOf, TreecastError } from '../system/errors.ts'
import type { Files, OpenFile } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Reason } from '../wire/reason.ts'
import { encodeReceipt, type Manifest } from '../wire/signed-documents.ts'
import type { Hooks } from './hooks.ts'
import type { KeptReceipt } from './receipt-outbox.ts'
import type { Reports } from './reports.ts'
import type { NewTransfer, StateFile } from './state-file.ts'
import type { Turns } from './turns.ts'

export interface Delivery {
  readonly files: Files
  readonly inbox: Inbox
  readonly state: StateFile
  readonly signReceipt: (payload: Uint8Array) => SignedBytes
  /** Deliveries of this terminal are published one by one: what is newest at a destination must not change meanwhile. */
  readonly publishing: Turns
  readonly manifest: Manifest
  /** This terminal. */
  readonly node: string
  readonly content: StoredContent
  /** Of `content`. */
  readonly disk: DiskTime
  readonly file: OpenFile
  /** Of a transfer that the state does not know yet. */
  readonly unrecorded?: NewTransfer | undefined
}

/**
 * Makes complete content durable as it will be.
 * @returns the receipt, which is in the outbox
 * @throws E_ENTRY_LIST, or the file system's error
 */
export async function makeDurable(
  delivery: Delivery,
  tables: ReadonlyMap<number, Uint8Array>,
  elapsedMs: number,
): Promise<KeptReceipt> {
  const { content, disk, manifest, state } = delivery
  // A file gets its mode and time first: one sync makes all of it durable.
  const isFile = manifest.entryList === null
  const durable = await content.sync(isFile ? () => disk.during(() => finishFile(delivery)) : undefined)
  if (!isFile) await disk.during(() => makeEntries(delivery))
  invariant(content.durable, 'a receipt is given for durable content only')
  const receipt = signReceipt(delivery, elapsedMs)
  await state.keepReceived({ transfer: manifest.transfer, durable, tables, receipt, begun: delivery.unrecorded })
  return { transfer: manifest.transfer, state: 'received', receipt, error: null }
}

/** What is needed to publish content that is durable: no more than its manifest, so that it may have been let go meanwhile. */
export interface Publishing extends Pick<Delivery, 'files' | 'inbox' | 'state' | 'publishing' | 'manifest'> {
  readonly hooks: Pick<Hooks, 'wants' | 'run'>
  /** The main server has not heard that it was received, and need not: that it is shown says it. */
  readonly isToldOnce?: boolean
}

/**
 * The entries of a content whose entry list is held; none for the bytes of one file.
 * @throws E_ENTRY_LIST when the list is refused
 */
export async function readEntries({ content, file, manifest }: ReadableContent): Promise<readonly Entry[]> {
  const { entryList, bytes } = manifest
  if (entryList === null) return []
  const contentBytes = bytes ?? content.last?.last?.contentBytes ?? 0
  return checkEntryList(await file.read(0, entryList.bytes), entryList, contentBytes)
}

/** What an entry list is read from. */
export type ReadableContent = Pick<Delivery, 'content' | 'file' | 'manifest'>

async function finishFile({ file, manifest, content }: Delivery): Promise<void> {
  const end = content.last?.last
  // It may end in a hole.
  if (end !== undefined && (await file.stat()).bytes < end.contentBytes) await file.truncate(end.contentBytes)
  await finishStaged(file, manifest)
}

async function makeEntries(delivery: Delivery): Promise<void> {
  const { files, inbox, file, manifest } = delivery
  await buildTree(files, {
    entries: await readEntries(delivery),
    stream: file,
    listBytes: manifest.entryList?.bytes ?? 0,
    folder: stagedTreePath(inbox, manifest.transfer),
  })
  await files.syncFolder(inbox.staging)
}

/**
 * Publishes durable content; also after a restart between the rename and its record.
 * @returns the receipt, which is in the outbox
 * @throws E_SUPERSEDED when newer content came to this destination meanwhile, E_DESTINATION_BLOCKED, or the file system's error
 */
export function activate(delivery: Publishing): Promise<KeptReceipt> {
  return delivery.publishing.take(() => activateAlone(delivery))
}

async function activateAlone(delivery: Publishing): Promise<KeptReceipt> {
  const { files, inbox, manifest, state, hooks } = delivery
  const { transfer, destination } = manifest
  const receipt = state.outbox.lastReceipt(transfer)
  invariant(receipt !== undefined, 'content that is published was received')
  const tops = await topsToPublish(delivery)
  for (const top of tops) await publishTop(files, inbox, top)
  // A process that was killed right before a rename may have left a folder open that was closed: what was signed counts.
  const folders = tops.filter(({ kind }) => kind === 'folder').map((top) => [top.number, top.destination] as const)
  if (folders.length > 0)
    await settleTops(files, inbox, { transfer, listBytes: manifest.entryList?.bytes ?? 0, tops: new Map(folders) })
  const hook = hooks.wants('activate')
  const published = await marksOf(files, inbox, topsOf(manifest))
  await state.keepActive(transfer, receipt, { published, hook, isToldOnce: delivery.isToldOnce ?? false })
  hooks.run({ transfer, event: 'activate', destination })
  return { transfer, state: 'active', receipt, error: null, hook }
}

/** What staging is cleared with. */
type Clearing = Pick<Delivery, 'files' | 'inbox'> & { readonly log: Log }

/** Removes what staging still holds of content that is recorded as active, its stream and what it replaced. A rest goes at the next start. */
export async function clearPublished(means: Clearing, { transfer, entryList, force }: Manifest): Promise<void> {
  // The one file was moved away, and only what is of another kind is kept aside.
  if (entryList !== null || force) await clearStaged(means, transfer)
}

/** Removes what staging still holds of a transfer. A rest goes at the next start. */
export async function clearStaged({ files, inbox, log }: Clearing, transfer: number): Promise<void> {
  try {
    await removeStaged(files, inbox, transfer)
  } catch (error) {
    log.warn('what was staged of published content could not be removed', { transfer, error: messageOf(error) })
  }
}

/** What is staged and was not replaced by newer content meanwhile. @throws E_SUPERSEDED when all of it was */
async function topsToPublish({ files, inbox, manifest, state }: Publishing): Promise<StagedTop[]> {
  const staged: StagedTop[] = []
  const published = new Map<number, string>()
  for (const [k, top] of stagedTops(inbox, publicationOf(manifest)).entries()) {
    if ((await files.stat(top.staged)) !== undefined) staged.push(top)
    else if (state.destinations.newestAt(top.destination) <= manifest.transfer) published.set(k, top.destination)
  }
  const { transfer, entryList } = manifest
  if (published.size > 0)
    await settleTops(files, inbox, { transfer, listBytes: entryList?.bytes ?? 0, tops: published })
  const wanted: StagedTop[] = []
  for (const top of staged) {
    if (state.destinations.newestAt(top.destination) <= manifest.transfer) wanted.push(top)
  }
  if (staged.length > 0 && wanted.length === 0) throw await superseded(manifest, state)
  return wanted
}

/** Why content of this manifest is too old. */
export async function superseded({ destination }: Manifest, state: StateFile): Promise<TreecastError> {
  const newest = state.destinations.newestAt(destination)
  const message = `${newest > 0 ? `transfer ${newest}` : 'a newer transfer'} has put newer content at ${destination}`
  return new TreecastError('E_SUPERSEDED', message)
}

/**
 * Removes what a transfer that ended here has in staging and in the state. `received`: it was received before. `reported`: the main server
 * has the receipt of its content, and hears of its end as surely.
 */
export async function clearAway(
  delivery: Pick<Delivery, 'files' | 'inbox' | 'state' | 'manifest'> & { readonly reports: Reports },
  { reason, received, reported }: { readonly reason: Reason; readonly received: boolean; readonly reported: boolean },
): Promise<void> {
  const { files, inbox, state, manifest } = delivery
  // In this order: what was received and is not in staging any more counts as published after a restart.
  if (reported) await reportFailed(delivery, reason)
  else await state.forget(manifest.transfer, received ? await shownTops(delivery) : [])
  await removeStaged(files, inbox, manifest.transfer)
}

/** Received content will never be published: its receipt goes out once more, with the reason. The staged content is the caller's. */
export async function reportFailed(
  delivery: Pick<Delivery, 'files' | 'inbox' | 'state' | 'manifest'> & { readonly reports: Reports },
  error: Reason,
): Promise<void> {
  const { state, reports, manifest } = delivery
  const receipt = state.outbox.lastReceipt(manifest.transfer)
  invariant(receipt !== undefined, 'what was received has a receipt')
  const report = { transfer: manifest.transfer, state: 'failed', receipt, error } as const
  await state.keepFailed(report, await shownTops(delivery))
  reports.receipt(report)
}

/** Where content that was received is shown though not all of it was published: what is not staged any more. */
export async function shownTops({
  files,
  inbox,
  manifest,
}: Pick<Delivery, 'files' | 'inbox' | 'manifest'>): Promise<string[]> {
  const shown: string[] = []
  for (const { staged, destination } of stagedTops(inbox, publicationOf(manifest))) {
    if ((await files.stat(staged)) === undefined) shown.push(destination)
  }
  return shown
}

/** How a manifest's content is to be published. */
export function publicationOf({ transfer, destination, entryList, force }: Manifest): Publication {
  return { transfer, destination, entryList, force }
}

function signReceipt({ content, disk, manifest, node, signReceipt: sign }: Delivery, elapsedMs: number): SignedBytes {
  const end = content.last?.last
  invariant(end !== undefined, 'complete content has its last table')
  const { contentDigest, contentBytes } = end
  const times = { elapsedMs, diskMs: Math.round(disk.ms) }
  return sign(encodeReceipt({ transfer: manifest.transfer, node, contentDigest, bytes: contentBytes, ...times }))
}
