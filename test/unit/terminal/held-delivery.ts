/** For tests of a delivery's last steps: a terminal's content whose packets are all written and none of them synced. */

import { onTestFinished } from 'vitest'
import { DiskTime } from '../../../src/content/disk-time.ts'
import { createStaged, openInbox } from '../../../src/content/inbox.ts'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { decodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { Delivery, Publishing } from '../../../src/terminal/delivery.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { Turns } from '../../../src/terminal/turns.ts'
import { sealContent } from './sealed-content.ts'

export const BYTES = seededRandom(6).bytes(10_000)

export interface HeldWish {
  readonly transfer?: number
  /** Where an earlier delivery went. */
  readonly before?: { readonly files: MemoryFiles; readonly state: StateFile; readonly publishing: Turns }
  readonly activateAtMs?: number | null
  /** The state knows nothing of it: it came whole. */
  readonly isUnrecorded?: boolean
}

export async function heldDelivery({ transfer = 1, before, activateAtMs = null, isUnrecorded = false }: HeldWish = {}) {
  const sealed = await sealContent(BYTES, { transfer, destination: 'a/b', mode: 0o600, activateAtMs })
  const files = before?.files ?? createMemoryFiles()
  const state = before?.state ?? (await StateFile.open(IN_MEMORY))
  if (before === undefined) onTestFinished(() => state.close())
  const inbox = await openInbox(files, '/inbox', '/staging')
  for (const folder of ['/', '/inbox', '/staging']) await files.syncFolder(folder)
  const file = await createStaged(files, inbox, transfer)
  const signed = { payload: new Uint8Array(1), signature: new Uint8Array(64) }
  const times = { activateAtMs, deactivateAtMs: null }
  const place = { destination: 'a/b', destinations: ['a/b'] }
  const begun = { transfer, ...place, ...times, manifest: signed, ticket: signed }
  if (!isUnrecorded) await state.begin(begun)
  const content = new StoredContent(file, shapeOf(sealed.manifest))
  const table = sealed.content.table(0) as Uint8Array
  content.addTable(decodePacketTable(table, sealed.verifyTable), table)
  for (const { index } of sealed.packets) await content.write(index, await sealed.content.read(index))
  const node = sealed.main.nodeId
  const disk = new DiskTime(new VirtualClock())
  const delivery: Delivery & Publishing = {
    ...{ files, inbox, state, manifest: sealed.manifest, node, content, file, disk },
    unrecorded: isUnrecorded ? begun : undefined,
    publishing: before?.publishing ?? new Turns(),
    hooks: { wants: () => false, run: () => undefined },
    signReceipt: (payload) => signBytes(sealed.main.keys, SIGNING_CONTEXT.receipt, payload),
  }
  return { delivery, files, state, content, sealed }
}
