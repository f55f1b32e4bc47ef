/** A running transfer put together from its parts, new or found in the library after a restart. */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { packetCuts } from '../seal/packet-cuts.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import { type SendLimit, sendLimits } from '../terminal/send-limit.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import type { Plan } from '../tree/plan.ts'
import { CIPHER } from '../wire/codes.ts'
import type { Reason } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { TransferStateName } from '../wire/snapshot.ts'
import { ContentIntake } from './content-intake.ts'
import type { DeliveryView } from './delivery-view.ts'
import { Distribution, type DistributionEvents } from './distribution.ts'
import type { IncomingBytes } from './incoming-bytes.ts'
import { type FirstServer, Providers, type ProvidersOptions } from './providers.ts'
import type { Recorder } from './recorder.ts'
import { RunningTransfer, type RunningTransferEvents } from './running-transfer.ts'
import type { TransferAge } from './running-view.ts'
import { TableIntake } from './table-intake.ts'
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
  /** Whether the library has the bytes, or is to have them. */
  readonly isInLibrary: boolean
  /** Where the bytes come in; undefined when they are here, or elsewhere. */
  readonly incoming: IncomingBytes | undefined
  readonly content: StoredContent
  /** Who else than the main server was named to provide the content. */
  readonly first: FirstServer | undefined
  /** Undefined for one that was found again: its trees are gone, and whoever comes back gets another. */
  readonly plan: Plan | undefined
  readonly deliveries: readonly DeliveryView[]
  /** `receiving` for one whose content is still to come. */
  readonly state: TransferStateName
  readonly error: Reason | null
  readonly age: TransferAge
}

type AssembledEvents = RunningTransferEvents &
  Pick<DistributionEvents, 'isPresent' | 'deliver' | 'reroute' | 'wantedStill'> &
  Pick<ProvidersOptions, 'provide'> & {
    /** One more terminal has a content that the main server has not got. */
    provided(node: NodeId): void
  }

export function assembleTransfer(means: TransferMeans, parts: TransferParts, events: AssembledEvents): RunningTransfer {
  const { clock, log, sockets, tickets, recorder, database } = means
  const { facts, manifest, contentKey, isInLibrary, incoming, content, plan, first, deliveries, state, error, age } =
    parts
  const id = facts.transfer
  const sealing = { transfer: id, key: contentKey, cipher: CIPHER[facts.cipher] }
  const signedManifest = tickets.signManifest(manifest)
  const { isPresent, deliver, reroute, wantedStill, provide } = events
  const { compression } = facts
  const providers = isInLibrary
    ? undefined
    : new Providers({ first, deliveries, manifest, signedManifest, compression, isPresent, provide })
  const distribution: Distribution = new Distribution({
    clock,
    log: log.with({ transfer: id }),
    sockets,
    manifest,
    tree: facts.tree,
    plan,
    signedManifest,
    providers,
    sealing,
    content,
    limits: sendLimits(means, manifest),
    deliveries,
    events: {
      changed: () => transfer.changed(),
      moved: (delivery, event, receipt) => {
        const { handle, upstreams, depth, bytes, error: reason } = delivery
        const change = { transfer: id, handle, event, upstreams, depth, bytes, error: reason }
        if (event === 'activated' && providers !== undefined) events.provided(delivery.node)
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
      isPresent,
      deliver,
      reroute,
      wantedStill,
    },
  })
  const signTable = (bytes: Uint8Array) => tickets.signTable(bytes)
  const intake = (bytes: IncomingBytes) =>
    new ContentIntake({
      file: bytes,
      content,
      sealing,
      cuts: packetCuts(facts.cut, facts.packetBytes),
      entryListBytes: manifest.entryList?.bytes ?? 0,
      compression,
      signTable,
      segmentReady: (segment, packets) => {
        distribution.serving.tableArrived(segment)
        for (const { index, sealed } of packets) distribution.serving.packetSealed(index, sealed)
      },
    })
  const tables = () => new TableIntake({ content, transfer: id, bytes: facts.bytes ?? 0, signTable })
  const transfer: RunningTransfer = new RunningTransfer({
    ...{
      clock,
      log,
      facts,
      content,
      isInLibrary,
      incoming,
      distribution,
      database,
      recorder,
      events,
      state,
      error,
      age,
    },
    intake: incoming && intake(incoming),
    tables: isInLibrary ? undefined : tables(),
  })
  return transfer
}
