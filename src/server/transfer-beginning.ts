/** A push becomes a transfer: who gets it and down which trees, its record in the network database, and the tickets of those that are here. */

import { NO_BYTES, StoredContent, shapeOf } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { createContentKey, keyCommitment } from '../seal/content-key.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Random } from '../system/random.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { DeliveryView } from './delivery-view.ts'
import type { FirstServers, SourcedPush } from './first-servers.ts'
import type { IncomingBytes } from './incoming-bytes.ts'
import type { Library } from './library.ts'
import type { LibraryKeeper } from './library-keeper.ts'
import type { LibrarySpace } from './library-space.ts'
import type { Preflight } from './preflight.ts'
import { pusherHolder } from './provider-desk.ts'
import type { ProviderLinks, Pusher } from './provider-links.ts'
import type { FirstServer } from './providers.ts'
import type { Recorder } from './recorder.ts'
import { NEW_TRANSFER } from './running-view.ts'
import type { ServerPolicy } from './server-policy.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TicketOffice } from './tickets.ts'
import type { TransferParts } from './transfer-assembly.ts'
import {
  chooseTargets,
  manifestOf,
  type PlannedTarget,
  type PlannedTransfer,
  plannedDeliveries,
  planTransfer,
  refuseOutOfReach,
} from './transfer-planning.ts'
import { viewTransfer } from './transfer-view.ts'

export interface TransferBeginningOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly database: NetworkDatabase
  readonly preflight: Preflight
  readonly firstServers: FirstServers
  readonly providerLinks: ProviderLinks
  readonly roster: TerminalRoster
  readonly recorder: Recorder
  readonly tickets: TicketOffice
  readonly library: Library
  readonly keeper: LibraryKeeper
  readonly space: Pick<LibrarySpace, 'makeRoomFor' | 'makeSpace'>
  /** A content that was taken for the same as one of the library is another. @throws E_LIBRARY_FULL, E_NO_SPACE */
  readonly parted: (transfer: number) => Promise<void>
  readonly policy: ServerPolicy
}

/** What is recorded of a new transfer beside its request. */
interface RecordedParts extends PlannedTransfer {
  readonly targets: readonly PlannedTarget[]
  readonly contentKey: Uint8Array
  readonly operator: NodeId
  readonly first: SourcedPush['first']
}

export class TransferBeginning {
  readonly #options: TransferBeginningOptions

  constructor(options: TransferBeginningOptions) {
    this.#options = options
  }

  /** What a push would do. @throws E_SELECTOR_…, E_DESTINATION */
  async plan(wish: MessageBody<'push'>, operator: NodeId): Promise<TransferSnapshot> {
    const { roster, firstServers, clock } = this.#options
    const candidates = await roster.candidates()
    const { request, first } = await firstServers.resolve(wish, candidates, operator)
    const targets = await this.#askTargets(request, chooseTargets(request, candidates), first)
    const { facts, plan, arrivalsMs } = await this.#planned(request, targets, first)
    const nowMs = clock.monotonic()
    const deliveries = plannedDeliveries(targets, { plan, arrivalsMs, nowMs, first })
    const progress = {
      state: 'receiving',
      storedBytes: 0,
      seconds: 0,
      contentDigest: null,
      error: null,
      nowMs,
    } as const
    return viewTransfer(facts, progress, deliveries)
  }

  /** Plans a push, records it and makes its tickets. @throws E_SELECTOR_…, E_DESTINATION, E_NO_SPACE, E_FIRST_SERVER */
  async begin(wish: MessageBody<'push'>, pusher: Pusher): Promise<TransferParts> {
    const { roster, random, library, log, clock, firstServers } = this.#options
    const operator = pusher.operator.nodeId
    const candidates = await roster.candidates()
    const { request, first } = await firstServers.resolve(wish, candidates, operator)
    const chosen = chooseTargets(request, candidates)
    if (first === undefined) await this.#makeRoom(request)
    const targets = await this.#askTargets(request, chosen, first)
    const contentKey = createContentKey(random)
    const planned = await this.#planned(request, targets, first)
    const { plan, arrivalsMs } = planned
    const id = await this.#record(request, { ...planned, targets, contentKey, operator, first })
    const facts = { ...planned.facts, transfer: id }
    const incoming = first === undefined ? await this.#incoming(id, request) : await library.createTables(id)
    const deliveries = plannedDeliveries(targets, { plan, arrivalsMs, nowMs: clock.monotonic(), first })
    const ticketOf = this.#ticketMaker(id, contentKey, candidates)
    this.#admit(id, deliveries, ({ node, handle }, k) => ticketOf(node, handle, targets[k]?.performance ?? 0))
    const server = first && this.#admitFirst(first, deliveries, (node, handle) => ticketOf(node, handle, 1))
    if (server?.isPusher) {
      server.held = this.#admitPusher(pusher, { transfer: id, handle: server.handle }, contentKey)
    }
    log.info('a transfer begins', { transfer: id, name: request.name, terminals: targets.length })
    return {
      facts,
      manifest: manifestOf(facts, request, {
        keyCommitment: keyCommitment(contentKey),
        targets: targets.length,
        pusher: first?.isPusher ? operator : null,
      }),
      contentKey,
      isInLibrary: first === undefined,
      incoming,
      first: server,
      content: new StoredContent(incoming ?? NO_BYTES, shapeOf(facts)),
      plan,
      deliveries,
      state: 'receiving',
      error: null,
      age: NEW_TRANSFER,
    }
  }

  /** Tickets of one transfer; undefined for a terminal that is not here. */
  #ticketMaker(
    transfer: number,
    contentKey: Uint8Array,
    candidates: Awaited<ReturnType<TerminalRoster['candidates']>>,
  ): (node: NodeId, handle: number, performance: number) => HeldTicket | undefined {
    const { tickets } = this.#options
    const byNode = new Map(candidates.map((candidate) => [candidate.node, candidate]))
    return (node, handle, performance) => {
      const { holder, address } = byNode.get(node) ?? {}
      if (holder === undefined || address === undefined) return undefined
      return tickets.issue({ ...holder, address }, { transfer, handle, performance }, contentKey)
    }
  }

  /** Gives tickets to those that can take the content now, and writes down of the others that they cannot. */
  #admit(
    transfer: number,
    deliveries: readonly DeliveryView[],
    ticketOf: (delivery: DeliveryView, k: number) => HeldTicket | undefined,
  ): void {
    const { recorder } = this.#options
    for (const [k, delivery] of deliveries.entries()) {
      const { handle, state, error } = delivery
      if (state === 'planned') delivery.held = ticketOf(delivery, k)
      else recorder.delivery({ transfer, handle, event: state === 'pending' ? 'postponed' : 'failed', error })
    }
  }

  /** A first server that is a target has the number and ticket of its delivery; another comes after all targets. */
  #admitFirst(
    first: NonNullable<SourcedPush['first']>,
    deliveries: readonly DeliveryView[],
    ticketOf: (node: NodeId, handle: number) => HeldTicket | undefined,
  ): FirstServer {
    const own = deliveries.find(({ node }) => node === first.node)
    const handle = own?.handle ?? deliveries.length + 1
    return { ...first, handle, held: own?.held ?? ticketOf(first.node, handle) }
  }

  /** The operator serves its own push from now on. */
  #admitPusher(
    pusher: Pusher,
    { transfer, handle }: { readonly transfer: number; readonly handle: number },
    contentKey: Uint8Array,
  ): HeldTicket {
    const { tickets, providerLinks } = this.#options
    providerLinks.joined(transfer, pusher)
    return tickets.issue(pusherHolder(pusher.operator), { transfer, handle, performance: 1 }, contentKey)
  }

  /** What may be the same as what is there asks for room when it turns out not to be. */
  async #makeRoom({ bytes, destination }: MessageBody<'push'>): Promise<void> {
    const { space, keeper } = this.#options
    const isLikelyTwin = bytes !== null && keeper.newestAt(destination)?.bytes === bytes
    if (!isLikelyTwin) await space.makeRoomFor(bytes)
  }

  #incoming(transfer: number, { destination }: MessageBody<'push'>): Promise<IncomingBytes> {
    const { space, keeper, parted } = this.#options
    return keeper.incoming(transfer, destination, {
      parted: () => parted(transfer),
      makeSpace: () => space.makeSpace(),
    })
  }

  async #planned(
    request: MessageBody<'push'>,
    targets: readonly PlannedTarget[],
    first: SourcedPush['first'],
  ): Promise<PlannedTransfer> {
    const { policy, clock, database } = this.#options
    // Cutting by content pays where an earlier content lies. A first one need not be cut so: terminals cut what they have themselves.
    const cut = (await database.transfers.isKnownDestination(request.destination)) ? 'content' : 'fixed'
    return planTransfer(request, targets, { fanOut: policy.fanOut, createdAtMs: clock.now(), cut, first })
  }

  /** The targets, with the reasons of those that cannot take the content. */
  async #askTargets(
    request: MessageBody<'push'>,
    chosen: readonly PlannedTarget[],
    first: SourcedPush['first'],
  ): Promise<PlannedTarget[]> {
    const { destination, entryList, bytes, force } = request
    const targets = first?.isPusher ? refuseOutOfReach(chosen) : chosen
    const nodes = targets.filter(({ address }) => address !== undefined).map(({ node }) => node)
    const refusals = await this.#options.preflight.ask(nodes, { destination, entryList, bytes, force })
    return targets.map((target) => ({ ...target, refusal: target.refusal ?? refusals.get(target.node) }))
  }

  async #record(request: MessageBody<'push'>, parts: RecordedParts): Promise<number> {
    const { targets, facts, plan, contentKey, operator, first: firstServer = null } = parts
    const { name, destination, entryList, bytes, compression, cipher, relayAfterBytes, mode, modifiedMs, force } =
      request
    const { limitBytesPerSecond = null } = request
    const { cut, packetBytes, predictedMs, activateAtMs, deactivateAtMs } = facts
    const wish = {
      name,
      destination,
      entryList,
      bytes,
      cut,
      packetBytes,
      compression,
      cipher,
      relayAfterBytes,
      limitBytesPerSecond,
      mode,
      modifiedMs,
      force,
      activateAtMs,
      deactivateAtMs,
    }
    return this.#options.database.transaction(async ({ transfers, deliveries, audit }) => {
      const id = await transfers.create({ ...wish, operator, firstServer, contentKey, plan, predictedMs })
      const placed = targets.map(({ node, handle }) => ({ nodeId: node, handle, rank: handle }))
      await deliveries.plan(id, placed)
      await audit.record({
        actor: operator,
        action: 'pushed',
        facts: { transfer: id, name, destination, to: request.to },
      })
      return id
    })
  }
}
