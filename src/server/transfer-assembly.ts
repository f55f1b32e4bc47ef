/** A running transfer put together from its parts, new or found in the library after a restart. */

import type { StoredContent } from '../content/stored-content.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { packetCuts } from '../seal/packet-cuts.ts'
import type { Clock } from '../system/clock.ts'
import type { OpenFile } from '../system/files.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import { type SendLimit, sendLimits } from '../terminal/send-limit.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import type { Plan } from '../tree/plan.ts'
import { CIPHER } from '../wire/codes.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { TransferStateName } from '../wire/snapshot.ts'
import { ContentIntake } from './content-intake.ts'
import type { DeliveryView } from './delivery-view.ts'
import { Distribution, type DistributionEvents } from './distribution.ts'
import type { Recorder } from './recorder.ts'
import { type Reason, RunningTransfer, type RunningTransferEvents, type TransferAge } from './running-transfer.ts'
import type { TicketOffice } from './tickets.ts'
import type { TransferFacts } from './transfer-view.ts'

/** What every transfer of the main server works with. */
export interface TransferMeans {
  readonly clock: Clock
  readonly log: Log
  readonly database: NetworkDatabase
  readonly sockets: SocketControl
  readonly recorder: Recorder
  readonly tickets: TicketOffice
  readonly meter: Meter
  readonly sendLimit?: SendLimit | undefined
}

export interface TransferParts {
  readonly facts: TransferFacts & { readonly transfer: number }
  readonly manifest: Manifest
  readonly contentKey: Uint8Array
  readonly file: OpenFile
  readonly content: StoredContent
  /** Undefined for one that was found again: its trees are gone, and whoever comes back gets another. */
  readonly plan: Plan | undefined
  readonly deliveries: readonly DeliveryView[]
  /** `receiving` for one whose content is still to come. */
  readonly state: TransferStateName
  readonly error: Reason | null
  readonly age: TransferAge
}

export function assembleTransfer(
  means: TransferMeans,
  parts: TransferParts,
  events: RunningTransferEvents & Pick<DistributionEvents, 'isPresent' | 'reroute'>,
): RunningTransfer {
  const { clock, log, sockets, tickets, recorder, database } = means
  const { facts, manifest, contentKey, file, content, plan, deliveries, state, error, age } = parts
  const id = facts.transfer
  const sealing = { transfer: id, key: contentKey, cipher: CIPHER[facts.cipher] }
  const distribution: Distribution = new Distribution({
    clock,
    log: log.with({ transfer: id }),
    sockets,
    manifest,
    tree: facts.tree,
    plan,
    signedManifest: tickets.signManifest(manifest),
    sealing,
    content,
    limits: sendLimits(means, manifest),
    deliveries,
    events: {
      changed: () => transfer.changed(),
      moved: (delivery, event, receipt) => {
        const { handle, upstreams, depth, bytes, error: reason } = delivery
        const change = { transfer: id, handle, event, upstreams, depth, bytes, error: reason }
        if (receipt === undefined) recorder.delivery(change)
        else recorder.delivery({ ...change, receipt: receipt.signed }, receipt.kept)
      },
      responded: (nodeId, value) => recorder.sample({ nodeId, kind: 'response', value }),
      delivered: (nodeId, { throughput, edges }) => {
        for (const edge of edges) recorder.edge({ nodeId, ...edge })
        if (throughput !== null) recorder.sample({ nodeId, kind: 'throughput', ...throughput })
        recorder.sample({ nodeId, kind: 'outcome', value: 1 })
      },
      refused: (packets) => means.meter.count('treecast_packets_refused_total', packets),
      failed: (nodeId) => recorder.sample({ nodeId, kind: 'outcome', value: 0 }),
      isPresent: events.isPresent,
      reroute: events.reroute,
    },
  })
  const intake = new ContentIntake({
    file,
    content,
    sealing,
    cuts: packetCuts(facts.cut, facts.packetBytes),
    entryListBytes: manifest.entryList?.bytes ?? 0,
    compression: facts.compression,
    signTable: (bytes) => tickets.signTable(bytes),
    segmentReady: (segment, packets) => {
      distribution.serving.tableArrived(segment)
      for (const { index, sealed } of packets) distribution.serving.packetSealed(index, sealed)
    },
  })
  const transfer: RunningTransfer = new RunningTransfer({
    ...{ clock, log, facts, content, file, distribution, database, recorder, events, state, error, age },
    intake: state === 'receiving' ? intake : undefined,
  })
  return transfer
}
