/** Transfers that are over, as the network database has them: shown to operators, told to terminals that ask, called off. */

import type { NodeId } from '../identity/node-id.ts'
import type { Delivery } from '../registry/deliveries.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { TransferFacts as RecordedFacts } from '../registry/transfers.ts'
import { TreecastError } from '../system/errors.ts'
import type { Reason } from '../wire/reason.ts'
import { decodeReceipt } from '../wire/signed-documents.ts'
import type { TransferSnapshot, TransferSummary } from '../wire/snapshot.ts'
import { type DeliveryView, newDelivery, seconds } from './delivery-view.ts'
import { viewTransfer } from './transfer-view.ts'

/** Transfers that `status` lists. */
const LISTED_TRANSFERS = 50

export class RecordedTransfers {
  readonly #database: NetworkDatabase

  constructor(database: NetworkDatabase) {
    this.#database = database
  }

  /** The transfer with its deliveries; undefined when there never was one of that number. */
  async find(id: number): Promise<TransferSnapshot | undefined> {
    const transfer = await this.#database.transfers.find(id)
    return transfer && this.#view(transfer)
  }

  /** As find. @throws E_TRANSFER_UNKNOWN */
  async get(id: number): Promise<TransferSnapshot> {
    const recorded = await this.find(id)
    if (recorded !== undefined) return recorded
    throw new TreecastError('E_TRANSFER_UNKNOWN', `there is no transfer ${id}: \`treecast status\` lists the last ones`)
  }

  /** Calls off what waits for its time at terminals. @returns these. @throws E_TRANSFER_UNKNOWN */
  async cancel(id: number, reason: Reason): Promise<NodeId[]> {
    await this.get(id)
    return this.#database.transaction(async ({ transfers, deliveries }) => {
      const waiting = (await deliveries.list(id)).filter(({ state }) => state === 'received')
      if (waiting.length > 0) {
        const change = { transfer: id, event: 'cancelled' as const, error: reason }
        await deliveries.apply(waiting.map(({ handle }) => ({ ...change, handle })))
        await transfers.setState(id, 'cancelled', reason)
      }
      return waiting.map(({ nodeId }) => nodeId)
    })
  }

  /** What to tell a terminal that speaks of a transfer which is over; undefined when it may go on. @param node who speaks */
  async endOf(id: number, node: NodeId): Promise<Reason | undefined> {
    const { transfers, deliveries } = this.#database
    const transfer = await transfers.find(id)
    if (transfer === undefined) return { code: 'E_TRANSFER_UNKNOWN', message: `there is no transfer ${id}` }
    // A terminal that shows content of a transfer that was called off keeps it; it does not heed this.
    if (transfer.state === 'cancelled') return transfer.error ?? undefined
    const delivery = (await deliveries.list(id)).find(({ nodeId }) => nodeId === node)
    if (delivery === undefined || isDelivered(delivery.state)) return undefined
    return transfer.error ?? delivery.error ?? { code: 'E_CANCELLED', message: `transfer ${id} is over` }
  }

  /** The newest transfers, newest first. */
  async latest(): Promise<TransferSummary[]> {
    const transfers = await this.#database.transfers.latest(LISTED_TRANSFERS)
    return Promise.all(transfers.map(async (transfer) => summaryOf(await this.#view(transfer))))
  }

  async #view(transfer: RecordedFacts): Promise<TransferSnapshot> {
    const terminals = await this.#database.terminals.list()
    const known = new Map(terminals.map(({ nodeId, name, leaf }) => [nodeId, { name, leaf }]))
    const deliveries = await this.#database.deliveries.list(transfer.id)
    return viewRecorded(transfer, deliveries, (node) => known.get(node))
  }
}

/** A snapshot without its terminals. */
export function summaryOf({ terminals: _, ...summary }: TransferSnapshot): TransferSummary {
  return summary
}

function viewRecorded(
  transfer: RecordedFacts,
  deliveries: readonly Delivery[],
  terminal: (node: Delivery['nodeId']) => Pick<DeliveryView, 'name' | 'leaf'> | undefined,
): TransferSnapshot {
  const { id, createdAt, finishedAt, contentDigest, state, error, bytes } = transfer
  return viewTransfer(
    { ...pickFacts(transfer), from: transfer.firstServer?.name ?? null, transfer: id, createdAtMs: createdAt },
    {
      state,
      error,
      contentDigest,
      nowMs: 0,
      storedBytes: contentDigest === null || transfer.firstServer !== null ? 0 : (bytes ?? 0),
      seconds: finishedAt === null ? 0 : seconds(finishedAt - createdAt),
    },
    deliveries.map((delivery) => viewDelivery(delivery, terminal(delivery.nodeId), transfer.packetBytes)),
  )
}

/** A recorded delivery as a running one is seen. A revoked terminal has no name any more that would mean it alone. */
export function viewDelivery(
  delivery: Delivery,
  terminal: Pick<DeliveryView, 'name' | 'leaf'> | undefined,
  packetBytes: number,
): DeliveryView {
  const { handle, nodeId, rank, state, upstreams, depth, bytes, attempts, error } = delivery
  return newDelivery({
    ...{ handle, node: nodeId, rank, state, depth, bytes, attempts, error },
    name: terminal?.name ?? nodeId.slice(0, 8),
    leaf: terminal?.leaf ?? false,
    upstreams: upstreams.length === 0 ? [null] : [...upstreams],
    packets: Math.ceil(bytes / packetBytes),
    startedAtMs: delivery.startedAt,
    finishedAtMs: delivery.finishedAt,
    diskMs: delivery.receipt && decodeReceipt(delivery.receipt.payload).diskMs,
  })
}

function pickFacts(recorded: RecordedFacts) {
  const { name, destination, entryList, bytes, cut, packetBytes, compression, cipher, tree } = recorded
  const { fanOut, stripes, predictedMs, activateAtMs, deactivateAtMs } = recorded
  return {
    ...{ name, destination, entryList, bytes, cut, packetBytes, compression, cipher, tree },
    ...{ fanOut, stripes, predictedMs },
    ...{ activateAtMs, deactivateAtMs },
  }
}
