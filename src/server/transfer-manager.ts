/** The transfers of the main server that are under way or owed: begins them, goes on with them after a start, lets them go. */

import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'
import type { Random } from '../system/random.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { callOff } from './call-off.ts'
import { isOwed } from './delivery-view.ts'
import type { FirstServers } from './first-servers.ts'
import { KnownTransfers } from './known-transfers.ts'
import type { Library } from './library.ts'
import { LibraryKeeper } from './library-keeper.ts'
import { LibrarySpace } from './library-space.ts'
import type { Preflight } from './preflight.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import type { ProviderDesk } from './provider-desk.ts'
import type { ProviderLinks, Pusher } from './provider-links.ts'
import type { Recorder } from './recorder.ts'
import { Redelivery } from './redelivery.ts'
import { CONTENT_LOST, endInterrupted, INTERRUPTED, restoreTransfer } from './restored-transfer.ts'
import type { RunningTransfer } from './running-transfer.ts'
import type { ServerPolicy } from './server-policy.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TicketOffice } from './tickets.ts'
import { assembleTransfer, type TransferParts } from './transfer-assembly.ts'
import { TransferBeginning } from './transfer-beginning.ts'
import { type TakenOffers, takeOffers } from './upload-offers.ts'

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
  readonly providerLinks: ProviderLinks
  readonly roster: TerminalRoster
  readonly recorder: Recorder
  readonly tickets: TicketOffice
  readonly library: Library
  readonly meter: Meter
  readonly policy: ServerPolicy
  /** How fast all transfers may be sent together. Default: no limit. */
  readonly sendLimit?: SendLimit | undefined
}

export class TransferManager {
  readonly beginning: TransferBeginning
  readonly redelivery: Redelivery
  readonly space: LibrarySpace
  readonly known: KnownTransfers
  readonly #options: TransferManagerOptions
  readonly #keeper: LibraryKeeper
  readonly #running = new Map<number, RunningTransfer>()

  constructor(options: TransferManagerOptions) {
    this.#options = options
    this.known = new KnownTransfers({ ...options, find: (id) => this.find(id) })
    const { clock, library, policy } = options
    this.#keeper = new LibraryKeeper(options)
    this.space = new LibrarySpace({
      ...{ clock, library, policy, keeper: this.#keeper },
      transfers: () => this.all(),
      forget: (id) => this.#forget(id),
      leaveToTerminals: (id) => this.#leaveToTerminals(id),
    })
    this.beginning = new TransferBeginning({
      ...options,
      space: this.space,
      keeper: this.#keeper,
      parted: (id) => this.#parted(id),
    })
    this.redelivery = new Redelivery({ ...options, transfers: () => this.all() })
  }

  find(transfer: number): RunningTransfer | undefined {
    return this.#running.get(transfer)
  }

  all(): RunningTransfer[] {
    return [...this.#running.values()]
  }

  /** Records a transfer and sends its first transport requests. @throws E_SELECTOR_…, E_DESTINATION, E_NO_SPACE, E_FIRST_SERVER */
  async begin(wish: MessageBody<'push'>, pusher: Pusher): Promise<RunningTransfer> {
    const transfer = this.#assemble(await this.beginning.begin(wish, pusher))
    this.redelivery.supersede(transfer)
    transfer.distribution.start()
    this.#options.providers.begun(transfer)
    await this.redelivery.repeatOwed(transfer)
    return transfer
  }

  /** Whether packets of its content may be in the library already, and where. */
  takeOffers(transfer: RunningTransfer): TakenOffers | undefined {
    return takeOffers({ keeper: this.#keeper, random: this.#options.random }, transfer)
  }

  /** After a start: goes on with every transfer whose content the library has, fails those whose content never was whole. */
  async restore(): Promise<void> {
    const { library, database } = this.#options
    await this.#keeper.recover()
    for (const id of await library.list()) {
      const restored = await this.#restored(id)
      if (restored === undefined) await library.remove(id)
      else this.#goOn(this.#assemble(restored))
    }
    for (const { id, state } of await database.transfers.unfinished()) {
      if (this.#running.has(id)) continue
      await endInterrupted(database, id, state === 'receiving' ? INTERRUPTED : CONTENT_LOST)
    }
    await this.space.start()
  }

  /** A terminal is here: what it missed, it gets now. */
  async arrived(terminal: PresentTerminal): Promise<void> {
    for (const transfer of this.all()) {
      const provides = await this.#options.providers.arrived(transfer, terminal)
      await this.redelivery.to(transfer, terminal)
      if (provides) await this.redelivery.toPresent(transfer)
    }
  }

  /** An operator goes on serving its own push; whoever waits for the content gets it. @throws E_FIRST_SERVER when it is not its own */
  async rejoined(id: number, pusher: Pusher): Promise<void> {
    const transfer = this.#running.get(id)
    // What is over needs nobody; whoever watches it is told so.
    if (transfer === undefined || transfer.final) return
    if (!(await this.#options.providers.rejoined(transfer, pusher))) {
      throw new TreecastError('E_FIRST_SERVER', `transfer ${id} is not served by this operator`)
    }
    await this.redelivery.toPresent(transfer)
  }

  /** An operator that served its own push is gone. */
  pusherLeft(transfer: RunningTransfer, { operator, conversation }: Pusher): void {
    if (!this.#options.providerLinks.left(transfer.id, conversation)) return
    this.#options.providers.left(transfer, operator.nodeId)
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
    await this.space.stop()
    await Promise.all(this.all().map((transfer) => transfer.stop()))
    this.#running.clear()
  }

  /** Gives up the bytes of a content that terminals have: whoever is still to get it, gets it from one of them. */
  async #leaveToTerminals(id: number): Promise<void> {
    const { presence, providers, recorder } = this.#options
    await recorder.flush()
    const before = this.#running.get(id)
    this.#running.delete(id)
    await before?.stop()
    await this.#keeper.release([id])
    const restored = await this.#restored(id)
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
    this.space.tidy()
  }

  /**
   * A content that was taken for the same as one that is there is another, and has no room of its own yet.
   * @throws E_LIBRARY_FULL, E_NO_SPACE
   */
  async #parted(id: number): Promise<void> {
    const transfer = this.#running.get(id)
    if (transfer?.reservedBytes === 0) await this.space.makeRoomFor(transfer.announcedBytes)
  }

  #restored(id: number): Promise<TransferParts | undefined> {
    return restoreTransfer({ ...this.#options, keeper: this.#keeper }, id)
  }

  #assemble(parts: TransferParts): RunningTransfer {
    const { presence, library, meter, providerLinks } = this.#options
    const transfer: RunningTransfer = assembleTransfer(this.#options, parts, {
      isPresent: (node) => providerLinks.find(parts.facts.transfer, node) !== undefined,
      deliver: (node, content) => presence.find(node)?.control.send('deliver', content),
      reroute: (node, reroute) => {
        meter.count('treecast_reroutes_total')
        presence.find(node)?.control.send('reroute', reroute)
      },
      provide: (node, provide) => providerLinks.find(parts.facts.transfer, node)?.send('provide', provide),
      callOff: (nodes, reason) => {
        callOff(presence, parts.facts.transfer, { nodes, reason })
        this.#options.providers.dismiss(transfer)
      },
      wantedStill: (delivery) => void this.redelivery.retry(transfer, delivery),
      provided: (node) => void this.#provided(transfer, node),
      ended: () => this.#letGo(transfer),
      stored: () => void this.redelivery.toPresent(transfer),
      grown: () => this.space.assertRoom(),
      discard: () => this.#keeper.discard(parts.facts.transfer),
      adopt: (incoming, content) => this.#keeper.adopt(parts.facts.transfer, incoming, content),
      keepTables: (tables) => library.keepTables(parts.facts.transfer, tables),
    })
    this.#running.set(parts.facts.transfer, transfer)
    return transfer
  }

  /** A terminal that is here can provide a content from now on: whoever waits for it gets it. */
  async #provided(transfer: RunningTransfer, node: NodeId): Promise<void> {
    const terminal = this.#options.presence.find(node)
    if (terminal !== undefined && (await this.#options.providers.arrived(transfer, terminal)))
      await this.redelivery.toPresent(transfer)
  }

  #goOn(transfer: RunningTransfer): void {
    transfer.distribution.awaitTerminals()
    // The main server stopped between the last delivery's end and the record of the transfer's; nothing else would end it.
    if (transfer.distribution.atRest) transfer.changed()
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
