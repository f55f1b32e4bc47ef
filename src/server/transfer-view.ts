/** A transfer in the operator's document: what push, status and the live tree show. Pure. */

import { isDelivered } from '../registry/delivery-state.ts'
import type { Cut } from '../wire/codes.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { TransferSnapshot, TransferStateName } from '../wire/snapshot.ts'
import { type DeliveryView, seconds, snapshotOf } from './delivery-view.ts'
import { momentText } from './publication-moments.ts'

/** What is known of a transfer beside its deliveries. */
export interface TransferFacts {
  /** Null for a plan that is only shown. */
  readonly transfer: number | null
  readonly name: string
  readonly destination: string
  /** Name of the first server; null for the main server. */
  readonly from: string | null
  readonly entryList: Manifest['entryList']
  /** With those of the entry list. */
  readonly bytes: number | null
  readonly cut: Cut
  readonly packetBytes: number
  readonly compression: TransferSnapshot['compression']
  readonly cipher: Manifest['cipher']
  readonly tree: TransferSnapshot['tree']
  readonly fanOut: number
  readonly predictedMs: number
  readonly stripes: number
  readonly createdAtMs: number
  readonly activateAtMs: number | null
  readonly deactivateAtMs: number | null
}

/** How far a transfer is. */
export interface TransferProgress {
  readonly state: TransferStateName
  /** With those of the entry list. */
  readonly storedBytes: number
  readonly seconds: number
  readonly contentDigest: Uint8Array | null
  /** Monotonic: what rates are told of. */
  readonly nowMs: number
  readonly error: { readonly code: string; readonly message: string } | null
}

/** The document. Its bytes are those of the files: the entry list, which comes first, is not counted. */
export function viewTransfer(
  facts: TransferFacts,
  progress: TransferProgress,
  deliveries: readonly DeliveryView[],
): TransferSnapshot {
  const { predictedMs, createdAtMs, activateAtMs, deactivateAtMs, entryList, cut, ...shown } = facts
  const { contentDigest, nowMs, storedBytes, ...progressed } = progress
  const ofFiles = (bytes: number) => Math.max(0, bytes - (entryList?.bytes ?? 0))
  return {
    ...shown,
    ...progressed,
    bytes: facts.bytes === null ? null : ofFiles(facts.bytes),
    entries: entryList?.entries ?? null,
    storedBytes: ofFiles(storedBytes),
    predictedSeconds: seconds(predictedMs),
    linkBytesPerSecond: null,
    createdAt: new Date(createdAtMs).toISOString(),
    activateAt: momentText(activateAtMs),
    deactivateAt: momentText(deactivateAtMs),
    contentDigest: contentDigest === null ? null : Buffer.from(contentDigest).toString('hex'),
    ...countDeliveries(deliveries),
    terminals: deliveries.map((delivery) => {
      const terminal = snapshotOf(delivery, nowMs)
      return { ...terminal, bytes: ofFiles(terminal.bytes) }
    }),
  }
}

/** How many have it, will not get it now, and will get it later. Those under way count as none of these. */
function countDeliveries(deliveries: readonly Pick<DeliveryView, 'state'>[]) {
  return {
    delivered: deliveries.filter(({ state }) => isDelivered(state)).length,
    failed: deliveries.filter(({ state }) => state === 'failed' || state === 'cancelled').length,
    pending: deliveries.filter(({ state }) => state === 'pending').length,
  }
}

/** What a transfer has come to, once all its deliveries are settled. */
export function outcomeOf(deliveries: readonly Pick<DeliveryView, 'state'>[]): 'complete' | 'partial' | 'failed' {
  const delivered = deliveries.filter(({ state }) => isDelivered(state)).length
  if (delivered === deliveries.length) return 'complete'
  return delivered > 0 ? 'partial' : 'failed'
}
