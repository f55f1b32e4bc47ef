/**
 * Puts together the modules that one transfer at a terminal consists of. What one tells goes straight to the other that works with it:
 *
 *   upstreams ──who serves──► reception ──what came──► arrivals ──pass it on──► serving
 *                                                         └──all is here──► completion ──► the transfer's life (incoming-transfer.ts)
 *
 * Nothing is decided here.
 */

import type { DiskTime } from '../content/disk-time.ts'
import type { StoredContent } from '../content/stored-content.ts'
import type { OpenFile } from '../system/files.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { Arrivals } from './arrivals.ts'
import { Completion, type CompletionEvents } from './completion.ts'
import type { HeldTicket } from './downstream.ts'
import { DurableProgress } from './durable-progress.ts'
import type { PacketsHere } from './own-content.ts'
import { PacketFinder } from './packet-finder.ts'
import { Reception } from './reception.ts'
import { RelayStart } from './relay-start.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { sendLimits } from './send-limit.ts'
import { Serving } from './serving.ts'
import type { NewTransfer } from './state-file.ts'
import type { Stage } from './state-schema.ts'
import type { TerminalMeans } from './terminal-means.ts'
import { TransferReports } from './transfer-reports.ts'
import { UpstreamRouting } from './upstream-routing.ts'

/** What a transfer works with. */
export interface TransferParts {
  readonly means: TerminalMeans
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
  readonly sealing: SealingFacts
  readonly file: OpenFile
  readonly content: StoredContent
  /** Of `content`. */
  readonly disk: DiskTime
  readonly stage: Stage
  /** What lies at the destination already, if anything. */
  readonly earlier?: PacketsHere | undefined
  /** Of a content that came whole: the state says nothing of it before it is durable. */
  readonly unrecorded?: NewTransfer | undefined
}

export interface TransferModules {
  readonly upstreams: UpstreamRouting
  readonly reception: Reception
  readonly serving: Serving
  readonly relayStart: RelayStart
  readonly progress: DurableProgress
  readonly reports: TransferReports
  readonly completion: Completion
}

/** What only the life of the transfer can act on. Nothing is told before the modules are all there. */
export interface TransferEvents extends CompletionEvents {
  /** A child was done or given up; nobody may be left to serve. */
  childClosed(): void
}

export function openModules(parts: TransferParts, events: TransferEvents): TransferModules {
  const { means, manifest, content, sealing, ticket, earlier, unrecorded } = parts
  const { transfer, stripes, packetBytes, fanOut, relayAfterBytes } = manifest
  const { clock, sockets } = means
  const failed = (error: unknown) => events.failed(error)

  const progress = new DurableProgress({ transfer, content, state: means.state, failed })
  const serving = new Serving({
    ...{ clock, sockets, transfer, fanOut, content, sealing },
    manifest: parts.signedManifest,
    ownTicket: ticket.signed,
    limits: sendLimits(means, manifest),
    events: {
      acknowledged: () => reports.progress(),
      failed: (failure) => reports.downstreamFailed(failure),
      closed: () => events.childClosed(),
    },
  })
  const hasTwins = manifest.cut === 'content' && unrecorded === undefined
  const reception: Reception = new Reception({
    ...{ content, sealing, stripes, packetBytes, clock },
    handle: ticket.ticket.handle,
    verifyTable: means.verifyTable,
    finder: new PacketFinder({ content, earlier, hasTwins }),
    events: {
      tableStored: (segment) => arrivals.tableStored(segment),
      packetChecked: (index, sealed) => arrivals.packetChecked(index, sealed),
      packetStored: (index) => arrivals.packetStored(index),
      packetReused: (index) => arrivals.packetReused(index),
      refused: () => means.meter.count('treecast_packets_refused_total'),
      failed,
      upstreamFailed: (upstream, error) => upstreams.lost(upstream, error),
    },
  })
  const reports = new TransferReports({ ...parts, serving, reception })
  const completion = new Completion({
    ...parts,
    ...{ node: ticket.ticket.node, progress, reports, events },
    reusedBytes: () => arrivals.reusedBytes,
  })
  const upstreams = new UpstreamRouting({
    ...{ clock, sockets, transfer, stripes, ticket, reception },
    reports: means.reports,
    serves: (handle, stripe) => serving.routing.branches.isExpecting(handle, stripe),
    servesAny: (stripe) => serving.routing.branches.servesIn(stripe),
    need: () => completion.need,
  })
  const relayStart = new RelayStart({
    ...{ content, relayAfterBytes },
    depthIn: (stripe) => upstreams.depthIn(stripe),
    relay: (task) => serving.routing.relay(task),
  })
  const arrivals = new Arrivals({
    ...parts,
    ...{ meter: means.meter, serving, relayStart, progress },
    mayKeep: () => unrecorded === undefined && completion.need === 'wanted',
    complete: () => completion.complete(),
    failed,
  })
  return { upstreams, reception, serving, relayStart, progress, reports, completion }
}
