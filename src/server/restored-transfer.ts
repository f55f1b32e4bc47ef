/** Transfers found again when the main server starts: in the network database, with their content in the library. */

import { PacketSet } from '../content/packet-set.ts'
import { NO_BYTES, StoredContent, shapeOf } from '../content/stored-content.ts'
import type { Delivery } from '../registry/deliveries.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Transfer } from '../registry/transfers.ts'
import { keyCommitment } from '../seal/content-key.ts'
import { decodePacketTable } from '../seal/packet-table-codec.ts'
import type { Clock } from '../system/clock.ts'
import type { Reason } from '../wire/reason.ts'
import { isOwed } from './delivery-view.ts'
import type { Library } from './library.ts'
import type { LibraryKeeper } from './library-keeper.ts'
import type { FirstServer } from './providers.ts'
import { viewDelivery } from './recorded-transfers.ts'
import type { TransferAge } from './running-view.ts'
import type { TicketOffice } from './tickets.ts'
import type { TransferParts } from './transfer-assembly.ts'
import { outcomeOf } from './transfer-view.ts'

export const INTERRUPTED = {
  code: 'E_MAIN_STOPPED',
  message: 'the main server stopped before the whole content was in the library: nothing was delivered, push again',
}

export const CONTENT_LOST = {
  code: 'E_CONTENT_LOST',
  message: 'the library has lost this content: push it again for the terminals that do not have it',
}

/** A transfer that does not go on: every delivery of it that is not made yet is called off, and it has come to what was delivered. */
export async function endInterrupted(database: NetworkDatabase, transfer: number, reason: Reason): Promise<void> {
  await database.transaction(async ({ transfers, deliveries }) => {
    const recorded = await deliveries.list(transfer)
    const changes = recorded
      .filter(({ state }) => !isDelivered(state))
      .map(({ handle }) => ({ transfer, handle, event: 'cancelled' as const, error: reason }))
    await deliveries.apply(changes)
    const outcome = outcomeOf(recorded)
    await transfers.setState(transfer, outcome, outcome === 'complete' ? null : reason)
  })
}

/** The parts of a transfer that somebody is still to get; undefined when nobody is, or its content is not whole. */
export async function restoreTransfer(
  means: {
    readonly clock: Clock
    readonly database: NetworkDatabase
    readonly library: Library
    readonly keeper: LibraryKeeper
    readonly tickets: TicketOffice
  },
  id: number,
): Promise<TransferParts | undefined> {
  const { clock, database, library, keeper, tickets } = means
  const transfer = await database.transfers.find(id)
  if (transfer === undefined || transfer.contentDigest === null) return undefined
  const recorded = await database.deliveries.list(id)
  if (!recorded.some((delivery) => isUnfinished(delivery, transfer) || isOwed(delivery))) return undefined
  const kept = await library.tables(id)
  if (kept === undefined) return undefined
  const file = await keeper.open(id)
  const tables = kept.map((bytes) => ({
    bytes,
    table: decodePacketTable(bytes, (payload, signature) => tickets.isTableSigned(payload, signature)),
  }))
  const packets = new PacketSet()
  for (const { table } of file === undefined ? [] : tables) {
    for (let k = 0; k < table.packets.length; k++) packets.add(table.firstPacket + k)
  }
  const content = new StoredContent(file ?? NO_BYTES, shapeOf(transfer), packets)
  for (const { table, bytes } of tables) content.addTable(table, bytes)
  const terminals = new Map((await database.terminals.list()).map((terminal) => [terminal.nodeId, terminal]))
  return {
    ...factsOf(transfer, recorded.length),
    contentKey: transfer.contentKey,
    isInLibrary: file !== undefined,
    incoming: undefined,
    content,
    first: firstServerOf(transfer, recorded),
    plan: undefined,
    deliveries: recorded.map((delivery) => {
      const view = viewDelivery(delivery, terminals.get(delivery.nodeId), transfer.packetBytes)
      // Times of the process before are not comparable with this one's.
      const times = { startedAtMs: null, finishedAtMs: null, livelyAtMs: clock.monotonic() }
      return isDelivered(delivery.state) ? view : { ...view, ...times }
    }),
    state: recorded.some((delivery) => isUnfinished(delivery, transfer)) ? 'distributing' : transfer.state,
    error: transfer.error,
    age: ageOf(transfer, clock.now()),
  }
}

/** By this machine's clock, in milliseconds since 1970; it may have been set back meanwhile. */
export function ageOf(
  { createdAt, finishedAt }: Pick<Transfer, 'createdAt' | 'finishedAt'>,
  nowMs: number,
): TransferAge {
  const startedMsAgo = Math.max(0, nowMs - createdAt)
  const tookMs = Math.max(0, (finishedAt ?? nowMs) - createdAt)
  return { startedMsAgo, endedMsAgo: Math.max(0, startedMsAgo - tookMs) }
}

/** Under way when the main server stopped. What was received for a later time was not, once its transfer was over. */
function isUnfinished({ state }: Delivery, transfer: Transfer): boolean {
  if (state === 'received') return transfer.activateAtMs === null || transfer.state === 'distributing'
  return state === 'planned' || state === 'routed' || state === 'receiving'
}

function factsOf(transfer: Transfer, targets: number): Pick<TransferParts, 'facts' | 'manifest'> {
  const { id, name, destination, entryList, bytes, cut, packetBytes, cipher, compression } = transfer
  const { tree, fanOut, stripes, predictedMs, createdAt } = transfer
  const { relayAfterBytes, limitBytesPerSecond, mode, modifiedMs, force, activateAtMs, deactivateAtMs } = transfer
  const shared = { transfer: id, name, destination, entryList, bytes, cut, packetBytes, cipher, fanOut, stripes }
  return {
    facts: {
      ...shared,
      from: transfer.firstServer?.name ?? null,
      tree,
      predictedMs,
      compression,
      createdAtMs: createdAt,
      activateAtMs,
      deactivateAtMs,
    },
    manifest: {
      ...shared,
      ...{ targets, relayAfterBytes, mode, modifiedMs, force, activateAtMs, deactivateAtMs },
      ...(limitBytesPerSecond === null ? {} : { limitBytesPerSecond }),
      keyCommitment: keyCommitment(transfer.contentKey),
      pusher: transfer.firstServer?.isPusher ? transfer.firstServer.node : null,
    },
  }
}

/** As planned: its number is that of its delivery when it is a target, else the one after all of theirs. */
function firstServerOf({ firstServer }: Transfer, deliveries: readonly Delivery[]): FirstServer | undefined {
  if (firstServer === null) return undefined
  const own = deliveries.find(({ nodeId }) => nodeId === firstServer.node)
  return { ...firstServer, handle: own?.handle ?? deliveries.length + 1, held: undefined }
}
