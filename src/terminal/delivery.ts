/**
 * The last steps of a delivery at a terminal, in the only order that is safe against a power cut at any point:
 *
 *   all packets held → sync content → mode, time, fsync → commit `received` with its receipt     makeDurable()
 *                    → rename into the inbox, fsync the folder → commit `active` with its receipt     activate()
 */

import { finishStaged, type Inbox, type Publication, publish, stagedPath } from '../content/inbox.ts'
import type { StoredContent } from '../content/stored-content.ts'
import { markOf } from '../content/withdrawal.ts'
import { invariant, TreecastError } from '../system/errors.ts'
import type { Files, OpenFile } from '../system/files.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { encodeReceipt, type Manifest } from '../wire/signed-documents.ts'
import type { Hooks } from './hooks.ts'
import type { Reports } from './reports.ts'
import type { KeptReceipt, Reason, StateFile } from './state-file.ts'
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
  readonly file: OpenFile
}

/** Makes complete content durable. @returns the receipt, which is in the outbox */
export async function makeDurable(
  delivery: Delivery,
  tables: ReadonlyMap<number, Uint8Array>,
  elapsedMs: number,
): Promise<KeptReceipt> {
  const { content, file, manifest, state } = delivery
  const durable = await content.sync()
  await finishStaged(file, publicationOf(manifest))
  invariant(content.durable, 'a receipt is given for durable content only')
  const receipt = signReceipt(delivery, elapsedMs)
  await state.keepReceived(manifest.transfer, durable, tables, receipt)
  return { transfer: manifest.transfer, state: 'received', receipt, error: null }
}

/** What is needed to publish content that is durable: no more than its manifest, so that it may have been let go meanwhile. */
export interface Publishing extends Pick<Delivery, 'files' | 'inbox' | 'state' | 'publishing' | 'manifest'> {
  readonly hooks: Pick<Hooks, 'wants' | 'run'>
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
  const receipt = await state.lastReceipt(transfer)
  invariant(receipt !== undefined, 'content that is published was received')
  const staged = await files.stat(stagedPath(inbox, transfer))
  if (staged !== undefined) await refuseOlder(delivery)
  if (staged !== undefined) await publish(files, inbox, transfer, publicationOf(manifest))
  const hook = hooks.wants('activate')
  await state.keepActive(transfer, receipt, { published: await markOf(files, inbox, destination), hook })
  hooks.run({ transfer, event: 'activate', destination })
  return { transfer, state: 'active', receipt, error: null, hook }
}

async function refuseOlder({ manifest, state }: Publishing): Promise<void> {
  const newest = await state.newestAt(manifest.destination)
  if (newest <= manifest.transfer) return
  const message = `transfer ${newest} has put newer content at ${manifest.destination}`
  throw new TreecastError('E_SUPERSEDED', message)
}

/** Received content will never be published: its receipt goes out once more, with the reason. The staged content is the caller's. */
export async function reportFailed(
  { state, reports }: { readonly state: StateFile; readonly reports: Reports },
  transfer: number,
  error: Reason,
): Promise<void> {
  const receipt = await state.lastReceipt(transfer)
  invariant(receipt !== undefined, 'what was received has a receipt')
  const report = { transfer, state: 'failed', receipt, error } as const
  await state.keepFailed(report)
  reports.receipt(report)
}

/** How a manifest's content is to be published. */
export function publicationOf({ destination, mode, modifiedMs, force }: Manifest): Publication {
  return { destination, mode, modifiedMs, force }
}

function signReceipt({ content, manifest, node, signReceipt: sign }: Delivery, elapsedMs: number): SignedBytes {
  const end = content.last?.last
  invariant(end !== undefined, 'complete content has its last table')
  const { contentDigest, contentBytes } = end
  return sign(encodeReceipt({ transfer: manifest.transfer, node, contentDigest, bytes: contentBytes, elapsedMs }))
}
