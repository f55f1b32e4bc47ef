/** The transfers of the main server: begins them, finds them, hands them what terminals say, lets them go. */

import prettyBytes from 'pretty-bytes'
import { NO_BYTES, StoredContent, shapeOf } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { createContentKey, keyCommitment } from '../seal/content-key.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { LibraryHoldings, OwedDelivery, TransferSnapshot, TransferSummary } from '../wire/snapshot.ts'
import { type DeliveryView, isOwed } from './delivery-view.ts'
import type { FirstServers, SourcedPush } from './first-servers.ts'
import type { Library } from './library.ts'
import { type LibraryContent, makeRoom } from './library-room.ts'
import type { Preflight } from './preflight.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import type { ProviderDesk } from './provider-desk.ts'
import { type FirstServer, mayProvide } from './providers.ts'
import { RecordedTransfers, summaryOf } from './recorded-transfers.ts'
import type { Recorder } from './recorder.ts'
import { CONTENT_LOST, endInterrupted, INTERRUPTED, restoreTransfer } from './restored-transfer.ts'
import { NEW_TRANSFER, type Reason, type RunningTransfer, type Watcher } from './running-transfer.ts'
import type { ServerPolicy } from './server-policy.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TicketOffice } from './tickets.ts'
import { assembleTransfer, type TransferParts } from './transfer-assembly.ts'
import {
  chooseTargets,
  manifestOf,
  type PlannedTarget,
  type PlannedTransfer,
  plannedDeliveries,
  planTransfer,
} from './transfer-planning.ts'
import { viewTransfer } from './transfer-view.ts'

export interface TransferManagerOptions {
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly database: NetworkDatabase
  readonly sockets: SocketControl
  readonly presence: Presence
  readonly preflight: Preflight
  readonly firstServers: FirstServers
  readonly providers: ProviderDesk
  readonly roster: TerminalRoster
  readonly recorder: Recorder
  readonly tickets: TicketOffice
  readonly library: Library
  readonly meter: Meter
  readonly policy: ServerPolicy
  /** How fast all transfers may be sent together. Default: no limit. */
  readonly sendLimit?: SendLimit | undefined
}

/** What is recorded of a new transfer beside its request. */
interface RecordedParts extends PlannedTransfer {
  readonly targets: readonly PlannedTarget[]
  readonly contentKey: Uint8Array
  readonly operator: NodeId
  readonly first: SourcedPush['first']
}

/** Deliveries that `status` lists. */
const LISTED_DELIVERIES = 1000

export class TransferManager {
  readonly #options: TransferManagerOptions
  readonly #recorded: RecordedTransfers
  readonly #running = new Map<number, RunningTransfer>()

  constructor(options: TransferManagerOptions) {
    this.#options = options
    this.#recorded = new RecordedTransfers(options.database)
  }

  find(transfer: number): RunningTransfer | undefined {
    return this.#running.get(transfer)
  }

  all(): RunningTransfer[] {
    return [...this.#running.values()]
  }

  /** What a push would do. @throws E_SELECTOR_…, E_DESTINATION */
  async plan(wish: MessageBody<'push'>): Promise<TransferSnapshot> {
    const { roster, firstServers, clock } = this.#options
    const candidates = await roster.candidates()
    const { request, first } = await firstServers.resolve(wish, candidates)
    const targets = await this.#askTargets(request, chooseTargets(request, candidates))
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

  /** Records a transfer and sends its first transport requests. @throws E_SELECTOR_…, E_DESTINATION, E_NO_SPACE, E_FIRST_SERVER */
  async begin(wish: MessageBody<'push'>, operator: NodeId): Promise<RunningTransfer> {
    const { roster, random, library, log, clock, recorder, tickets, firstServers } = this.#options
    const candidates = await roster.candidates()
    const { request, first } = await firstServers.resolve(wish, candidates)
    const chosen = chooseTargets(request, candidates)
    if (first === undefined) await this.#refuseWithoutSpace(request)
    const targets = await this.#askTargets(request, chosen)
    const contentKey = createContentKey(random)
    const planned = await this.#planned(request, targets, first)
    const { plan } = planned
    const id = await this.#record(request, { ...planned, targets, contentKey, operator, first })
    const facts = { ...planned.facts, transfer: id }
    const file = first === undefined ? await library.create(id) : await library.createTables(id)
    const deliveries = plannedDeliveries(targets, {
      plan,
      arrivalsMs: planned.arrivalsMs,
      nowMs: clock.monotonic(),
      first,
    })
    const holders = new Map(candidates.map(({ node, holder, address }) => [node, { holder, address }]))
    for (const [k, delivery] of deliveries.entries()) {
      const { holder, address } = holders.get(delivery.node) ?? {}
      const { handle, error } = delivery
      if (holder === undefined || address === undefined) {
        recorder.delivery({ transfer: id, handle, event: 'postponed', error })
      } else if (delivery.state === 'failed') {
        recorder.delivery({ transfer: id, handle, event: 'failed', error })
      } else {
        const place = { transfer: id, handle, performance: targets[k]?.performance ?? 0 }
        delivery.held = tickets.issue({ ...holder, address }, place, contentKey)
      }
    }
    const own = deliveries.find(({ node }) => node === first?.node)
    const handle = own?.handle ?? targets.length + 1
    const server: FirstServer | undefined = first && { ...first, handle, held: own?.held }
    const { holder, address } = holders.get(first?.node as NodeId) ?? {}
    if (server !== undefined && holder !== undefined && address !== undefined) {
      server.held ??= tickets.issue({ ...holder, address }, { transfer: id, handle, performance: 1 }, contentKey)
    }
    const transfer = this.#assemble({
      facts,
      manifest: manifestOf(facts, request, { keyCommitment: keyCommitment(contentKey), targets: targets.length }),
      contentKey,
      file,
      first: server,
      content: new StoredContent(file ?? NO_BYTES, shapeOf(facts)),
      plan,
      deliveries,
      state: 'receiving',
      error: null,
      age: NEW_TRANSFER,
    })
    log.info('a transfer begins', { transfer: id, name: request.name, terminals: targets.length })
    this.#supersede(transfer)
    transfer.distribution.start()
    await this.#repeatOwed(transfer)
    return transfer
  }

  /** After a start: goes on with every transfer whose content the library has, fails those whose content never was whole. */
  async restore(): Promise<void> {
    const { library, database } = this.#options
    for (const id of await library.list()) {
      const restored = await restoreTransfer(this.#options, id)
      if (restored === undefined) await library.remove(id)
      else this.#goOn(this.#assemble(restored))
    }
    for (const { id, state } of await database.transfers.unfinished()) {
      if (this.#running.has(id)) continue
      await endInterrupted(database, id, state === 'receiving' ? INTERRUPTED : CONTENT_LOST)
    }
  }

  /** Tells `watcher` of a transfer, running or over. @returns how to stop, unless it is over. @throws E_TRANSFER_UNKNOWN */
  async watch(id: number, watcher: Watcher): Promise<(() => void) | undefined> {
    const running = this.#running.get(id)
    if (running !== undefined) return running.watch(watcher)
    watcher(await this.#recordedTransfer(id), true)
    return undefined
  }

  /** The transfer as it is now, running or over. @throws E_TRANSFER_UNKNOWN */
  async snapshot(id: number): Promise<TransferSnapshot> {
    return this.#running.get(id)?.snapshot() ?? (await this.#recordedTransfer(id))
  }

  /** The newest transfers, newest first. */
  async summaries(): Promise<TransferSummary[]> {
    return (await this.#recorded.latest()).map((recorded) => {
      const running = recorded.transfer === null ? undefined : this.#running.get(recorded.transfer)
      return running === undefined ? recorded : summaryOf(running.snapshot())
    })
  }

  /** Calls a transfer off; harmless when it is over. @throws E_TRANSFER_UNKNOWN */
  async cancel(id: number, reason: Reason, operator: NodeId): Promise<void> {
    const running = this.#running.get(id)
    // A source that failed while it was read has failed the transfer; an operator's change of mind cancels it. At once: the
    // operator's link may close next, and that must not become the reason.
    const cancelled =
      running === undefined
        ? this.#cancelRecorded(id, reason)
        : running.cancel(reason, reason.code === 'E_CANCELLED' ? 'cancelled' : 'failed')
    await this.#options.database.audit.record({ actor: operator, action: 'cancelled', facts: { transfer: id } })
    await cancelled
  }

  /** Calls off what a transfer that was let go is still to show: content that waits for its time at the terminals. */
  async #cancelRecorded(id: number, reason: Reason): Promise<void> {
    await this.#recordedTransfer(id)
    const { database, recorder } = this.#options
    await recorder.flush()
    const nodes = await database.transaction(async ({ transfers, deliveries }) => {
      const waiting = (await deliveries.list(id)).filter(({ state }) => state === 'received')
      const changes = waiting.map(({ handle }) => ({
        transfer: id,
        handle,
        event: 'cancelled' as const,
        error: reason,
      }))
      if (changes.length > 0) {
        await deliveries.apply(changes)
        await transfers.setState(id, 'cancelled', reason)
      }
      return waiting.map(({ nodeId }) => nodeId)
    })
    this.#callOff(id, nodes, reason)
  }

  /** A terminal is here: what it missed, it gets now. */
  async arrived(terminal: PresentTerminal): Promise<void> {
    for (const transfer of this.all()) {
      const provides = await this.#options.providers.arrived(transfer, terminal)
      await this.#redeliver(transfer, terminal)
      if (provides) await this.#redeliverPresent(transfer)
    }
  }

  /** What to tell a terminal that speaks of a transfer which is not under way here; undefined when it may go on. @param node who speaks */
  async endOf(id: number, node: NodeId): Promise<Reason | undefined> {
    const { transfers, deliveries } = this.#options.database
    const transfer = await transfers.find(id)
    if (transfer === undefined) return { code: 'E_TRANSFER_UNKNOWN', message: `there is no transfer ${id}` }
    const running = this.#running.get(id)
    if (running !== undefined) return running.calledOff
    // A terminal that shows content of a transfer that was called off keeps it; it does not heed this.
    if (transfer.state === 'cancelled') return transfer.error ?? undefined
    const delivery = (await deliveries.list(id)).find(({ nodeId }) => nodeId === node)
    if (delivery === undefined || isDelivered(delivery.state)) return undefined
    return transfer.error ?? delivery.error ?? { code: 'E_CANCELLED', message: `transfer ${id} is over` }
  }

  /** The terminal was cut off: it is to get nothing more. */
  revoke(node: NodeId): void {
    for (const transfer of this.all()) transfer.distribution.revoke(node)
  }

  left(terminal: PresentTerminal): void {
    for (const transfer of this.all()) {
      transfer.distribution.left(terminal.node)
      this.#options.providers.left(transfer, terminal.node)
    }
  }

  async stop(): Promise<void> {
    await Promise.all(this.all().map((transfer) => transfer.stop()))
    this.#running.clear()
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

  async #recordedTransfer(id: number): Promise<TransferSnapshot> {
    const recorded = await this.#recorded.find(id)
    if (recorded !== undefined) return recorded
    throw new TreecastError('E_TRANSFER_UNKNOWN', `there is no transfer ${id}: \`treecast status\` lists the last ones`)
  }

  async #refuseWithoutSpace({ bytes }: MessageBody<'push'>): Promise<void> {
    await this.#makeRoom(bytes ?? 0)
    const freeBytes = await this.#options.library.freeBytes()
    if (bytes === null || bytes <= freeBytes) return
    const message = `the main server has ${prettyBytes(freeBytes, { binary: true })} free for its library and the content has ${prettyBytes(bytes, { binary: true })}: free space there`
    throw new TreecastError('E_NO_SPACE', message)
  }

  /** What the library holds, and its room. */
  async libraryUse(): Promise<LibraryHoldings> {
    const held = this.all()
      .map(libraryContent)
      .filter(({ bytes }) => bytes > 0)
    const bytes = held.reduce((sum, content) => sum + content.bytes, 0)
    return {
      contents: held.length,
      bytes,
      quotaBytes: this.#options.policy.libraryQuotaBytes ?? null,
      freeBytes: await this.#options.library.freeBytes(),
    }
  }

  /** Gives up contents that everybody has, when the quota asks for it. @throws E_LIBRARY_FULL */
  async #makeRoom(bytes: number): Promise<void> {
    const { libraryQuotaBytes } = this.#options.policy
    if (libraryQuotaBytes === undefined) return
    const room = makeRoom(this.all().map(libraryContent), bytes, libraryQuotaBytes)
    if (!room.fits) throw new TreecastError('E_LIBRARY_FULL', room.message)
    await Promise.all(room.giveUp.map((id) => this.#forget(id)))
    for (const id of room.leaveToTerminals) await this.#leaveToTerminals(id)
  }

  /** @throws E_LIBRARY_FULL when a content whose size nobody knew has become too large */
  #assertRoom(): void {
    const { libraryQuotaBytes } = this.#options.policy
    if (libraryQuotaBytes === undefined) return
    const room = makeRoom(this.all().map(libraryContent), 0, libraryQuotaBytes)
    if (!room.fits) throw new TreecastError('E_LIBRARY_FULL', room.message)
  }

  /** Gives up the bytes of a content that terminals have: whoever is still to get it, gets it from one of them. */
  async #leaveToTerminals(id: number): Promise<void> {
    const { library, presence, providers, recorder } = this.#options
    await recorder.flush()
    const before = this.#running.get(id)
    this.#running.delete(id)
    await before?.stop()
    await library.removeBytes(id)
    const restored = await restoreTransfer(this.#options, id)
    if (restored === undefined) return
    const transfer = this.#assemble(restored)
    for (const terminal of presence.all()) await providers.arrived(transfer, terminal)
    this.#goOn(transfer)
  }

  async #forget(id: number): Promise<void> {
    const transfer = this.#running.get(id)
    this.#running.delete(id)
    if (transfer !== undefined) this.#options.providers.dismiss(transfer)
    await transfer?.stop()
    await this.#options.library.remove(id)
  }

  /** The targets, with the reasons of those that cannot take the content. */
  async #askTargets(request: MessageBody<'push'>, targets: readonly PlannedTarget[]): Promise<PlannedTarget[]> {
    const { destination, entryList, bytes, force } = request
    const nodes = targets.filter(({ address }) => address !== undefined).map(({ node }) => node)
    const refusals = await this.#options.preflight.ask(nodes, { destination, entryList, bytes, force })
    return targets.map((target) => ({ ...target, refusal: refusals.get(target.node) }))
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

  #assemble(parts: TransferParts): RunningTransfer {
    const { presence, library, meter } = this.#options
    const transfer: RunningTransfer = assembleTransfer(this.#options, parts, {
      isPresent: (node) => presence.find(node) !== undefined,
      reroute: (node, reroute) => {
        meter.count('treecast_reroutes_total')
        presence.find(node)?.control.send('reroute', reroute)
      },
      provide: (node, provide) => presence.find(node)?.control.send('provide', provide),
      callOff: (nodes, reason) => {
        this.#callOff(parts.facts.transfer, nodes, reason)
        this.#options.providers.dismiss(transfer)
      },
      ended: () => this.#letGo(transfer),
      stored: () => void this.#redeliverPresent(transfer),
      grown: () => this.#assertRoom(),
      discard: () => library.remove(parts.facts.transfer),
      keepTables: (tables) => library.keepTables(parts.facts.transfer, tables),
    })
    this.#running.set(parts.facts.transfer, transfer)
    return transfer
  }

  #goOn(transfer: RunningTransfer): void {
    transfer.distribution.awaitTerminals()
    // The main server stopped between the last delivery's end and the record of the transfer's; nothing else would end it.
    if (transfer.distribution.atRest) transfer.changed()
  }

  async #redeliver(transfer: RunningTransfer, terminal: PresentTerminal): Promise<void> {
    const { roster, tickets, database } = this.#options
    const delivery = transfer.distribution.arrived(terminal.node, terminal.address)
    if (transfer.distribution.over) return
    // What is owed waits until the content is whole; who is in the transfer gets what is there of it.
    if (delivery === undefined) return
    if (isOwed(delivery) && !(transfer.stored && hasRoom(terminal, delivery, transfer))) return
    if (!transfer.distribution.servable) return transfer.distribution.lacksProvider(delivery)
    const [holder, recorded] = [await roster.holder(terminal), await database.transfers.find(transfer.id)]
    if (holder === undefined || recorded === undefined) return
    const place = { transfer: transfer.id, handle: delivery.handle, performance: 0 }
    if (isOwed(delivery)) transfer.reopen()
    transfer.distribution.redeliver(delivery, tickets.issue(holder, place, recorded.contentKey))
  }

  /** Whoever came back while the transfer was planned or its content came in gets it now. */
  async #redeliverPresent(transfer: RunningTransfer): Promise<void> {
    for (const delivery of transfer.distribution.deliveries.filter(({ state }) => state === 'pending')) {
      const terminal = this.#options.presence.find(delivery.node)
      if (terminal !== undefined) await this.#redeliver(transfer, terminal)
    }
  }

  /** What failed is repeated in the next transfer (US 8,495,167, column 5). */
  async #repeatOwed(next: RunningTransfer): Promise<void> {
    for (const transfer of this.all()) {
      if (transfer === next || !transfer.final) continue
      for (const delivery of transfer.distribution.deliveries.filter(isOwed)) {
        const terminal = this.#options.presence.find(delivery.node)
        if (terminal !== undefined) await this.#redeliver(transfer, terminal)
      }
    }
  }

  /** What is still to be delivered, newest transfer first. */
  owed(): OwedDelivery[] {
    return this.all()
      .filter(({ stored, final }) => stored && final)
      .toSorted((a, b) => b.id - a.id)
      .flatMap((transfer) =>
        transfer.distribution.deliveries.filter(isOwed).map(({ name, state, error }) => ({
          transfer: transfer.id,
          destination: transfer.destination,
          terminal: name,
          state: state === 'failed' ? ('failed' as const) : ('pending' as const),
          error,
        })),
      )
      .slice(0, LISTED_DELIVERIES)
  }

  /** Of several contents for one place, only the newest is still sent. */
  #supersede(next: RunningTransfer): void {
    const nodes = new Set(next.distribution.deliveries.map(({ node }) => node))
    for (const transfer of this.all()) {
      // Of several tops, some may still be wanted.
      const isReplaced = transfer.destinations.every((destination) => next.destinations.includes(destination))
      if (transfer !== next && isReplaced) transfer.distribution.supersede(nodes, next.id)
    }
  }

  #callOff(transfer: number, nodes: readonly NodeId[], { code, message }: Reason): void {
    for (const node of nodes) this.#options.presence.find(node)?.control.send('cancel', { transfer, code, message })
  }

  /** A transfer is over: stays for late children, and for as long as somebody is to get it later. */
  #letGo(transfer: RunningTransfer): void {
    this.#options.clock.after(
      LIMITS.transferLingerMs,
      () => {
        const owed = transfer.distribution.deliveries.some(isOwed)
        if (!transfer.final || (owed && transfer.stored) || this.#running.get(transfer.id) !== transfer) return
        void this.#forget(transfer.id)
      },
      { background: true },
    )
  }
}

/** What a transfer takes up in the library, with what is still to come of it. */
function libraryContent(transfer: RunningTransfer): LibraryContent {
  const { id, final, stored, expectedBytes, storedBytes, distribution } = transfer
  const needed = !final || (stored && distribution.deliveries.some(isOwed))
  const isHere = transfer.isInLibrary && (stored || !final)
  const { deliveries } = distribution
  const elsewhere = final && stored && mayProvide(deliveries, transfer.destinations.length)
  return { transfer: id, elsewhere, bytes: isHere ? Math.max(storedBytes, expectedBytes) : 0, needed }
}

/** Whether a terminal whose disk was full may have room by now. */
function hasRoom(
  { freeBytes }: PresentTerminal,
  { error }: DeliveryView,
  { storedBytes, expectedBytes }: RunningTransfer,
): boolean {
  return error?.code !== 'E_NO_SPACE' || freeBytes === null || freeBytes > Math.max(storedBytes, expectedBytes)
}
