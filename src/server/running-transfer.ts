/**
 * A transfer from the operator's PUSH until every delivery is settled: its state, kept by what its content's arrival, its distribution and
 * those who call it off come to.
 *
 *   receiving ──upload ended, stored──► distributing ──all settled──► complete, partial, failed
 *       └────────────── cancelled, the pusher gone, the disk full ──► cancelled, failed
 */

import type { StoredContent } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import type { NodeId } from '../identity/node-id.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import { sameBytes } from '../seal/digests.ts'
import type { Clock } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import type { Reason } from '../wire/reason.ts'
import type { Receipt } from '../wire/signed-documents.ts'
import type { TransferSnapshot, TransferStateName } from '../wire/snapshot.ts'
import { ContentArrival, type ContentEnd } from './content-arrival.ts'
import type { ContentIntake } from './content-intake.ts'
import { isOwed } from './delivery-view.ts'
import type { Distribution } from './distribution.ts'
import type { IncomingBytes } from './incoming-bytes.ts'
import type { Recorder } from './recorder.ts'
import { RunningView, type TransferAge } from './running-view.ts'
import type { TableIntake } from './table-intake.ts'
import { outcomeOf, type TransferFacts } from './transfer-view.ts'
import { TransferWatchers, type Watcher } from './transfer-watchers.ts'

export interface RunningTransferOptions {
  readonly clock: Clock
  readonly log: Log
  readonly facts: TransferFacts & { readonly transfer: number }
  readonly content: StoredContent
  /** Whether the library has the bytes, or is to have them. */
  readonly isInLibrary: boolean
  /** Where the bytes come in; undefined when they are here, or elsewhere. */
  readonly incoming: IncomingBytes | undefined
  /** Undefined for a content that was whole when the main server started. */
  readonly intake: ContentIntake | undefined
  /** Of a content whose bytes are elsewhere. */
  readonly tables: TableIntake | undefined
  readonly state: TransferStateName
  readonly error: Reason | null
  readonly age: TransferAge
  readonly distribution: Distribution
  readonly database: NetworkDatabase
  readonly recorder: Recorder
  readonly events: RunningTransferEvents
}

export interface RunningTransferEvents {
  /** Tells these terminals that the transfer is called off. */
  callOff(nodes: readonly NodeId[], reason: Reason): void
  /** Every delivery is settled, or the transfer was called off; once more when it was over and nobody is owed it any longer. */
  ended(): void
  /** The library has the whole content for good. */
  stored(): void
  /** More of a content of unknown size is in the library. @throws E_LIBRARY_FULL */
  grown(): Promise<void>
  /** Removes the content from the library. */
  discard(): Promise<void>
  /** The library takes in the whole content, whose bytes were synced. @throws E_LIBRARY_FULL */
  adopt(incoming: IncomingBytes, content: { digest: Uint8Array; bytes: number }): Promise<void>
  /** Keeps the tables of the whole content in the library. */
  keepTables(tables: readonly Uint8Array[]): Promise<void>
}

export class RunningTransfer {
  readonly arrival: ContentArrival
  readonly #options: RunningTransferOptions
  readonly #watchers: TransferWatchers
  readonly #view: RunningView
  #state: TransferStateName
  #error: Reason | null
  #contentDigest: Uint8Array | null
  /** It is being called off: that its deliveries are settled by it is not how it ends. */
  #cancelling = false
  /** It is over, and somebody is to get it later. */
  #owed: boolean

  constructor(options: RunningTransferOptions) {
    this.#options = options
    const { facts, distribution, events } = options
    this.arrival = new ContentArrival({
      ...{ ...options, transfer: facts.transfer, expectedBytes: facts.bytes },
      events: {
        isReceiving: () => this.#state === 'receiving',
        isOver: () => this.final,
        changed: () => this.changed(),
        grown: () => events.grown(),
        adopt: (incoming, content) => events.adopt(incoming, content),
        tableArrived: (segment) => distribution.serving.tableArrived(segment),
        described: (end) => this.#keep(end),
        stored: () => {
          distribution.contentStored()
          events.stored()
        },
        failed: (reason) => this.cancel(reason, 'failed'),
      },
    })
    const { deliveries } = distribution
    const terminals = deliveries.length
    this.#watchers = new TransferWatchers({ clock: options.clock, terminals, snapshot: () => this.snapshot() })
    this.#state = options.state
    this.#error = options.error
    this.#contentDigest = options.content.last?.last?.contentDigest ?? null
    this.#view = new RunningView({ ...options, deliveries, isOver: this.final })
    this.#owed = this.final && this.#isOwed
  }

  get id(): number {
    return this.#options.facts.transfer
  }

  get destination(): string {
    return this.#options.facts.destination
  }

  /** Of all that lands by a name of its own. */
  get destinations(): string[] {
    return topsOf(this.#options.facts).map(({ destination }) => destination)
  }

  /** Bytes of the content as its pusher announced it; 0 when nobody knows. */
  get expectedBytes(): number {
    return this.announcedBytes ?? 0
  }

  get packetBytes(): number {
    return this.#options.facts.packetBytes
  }

  get announcedBytes(): number | null {
    return this.#options.facts.bytes
  }

  /** Bytes of the content that the library holds. */
  get storedBytes(): number {
    return this.arrival.storedBytes
  }

  /** Whether the bytes are to be had from the main server. */
  get isInLibrary(): boolean {
    return this.#options.isInLibrary
  }

  /** Room in the library that its content needs: none while it is the same as one that is there. */
  get reservedBytes(): number {
    const { incoming, facts, isInLibrary } = this.#options
    if (!isInLibrary || incoming?.mayShare(facts.bytes) === true) return 0
    return Math.max(this.storedBytes, this.expectedBytes)
  }

  get distribution(): Distribution {
    return this.#options.distribution
  }

  get state(): TransferStateName {
    return this.#state
  }

  /** Whether the library has the whole content. */
  get stored(): boolean {
    return this.#contentDigest !== null && this.#state !== 'cancelled'
  }

  get final(): boolean {
    return this.#state !== 'receiving' && this.#state !== 'distributing'
  }

  /** Why it was called off; undefined unless it was. */
  get calledOff(): Reason | undefined {
    return this.final ? (this.#error ?? undefined) : undefined
  }

  /** Why this terminal is to drop what it has of it; undefined unless it was called off there. */
  calledOffAt(node: NodeId): Reason | undefined {
    return this.calledOff ?? this.distribution.calledOff(node)
  }

  /** Whether a receipt speaks of this very content. */
  isOf({ contentDigest, bytes }: Pick<Receipt, 'contentDigest' | 'bytes'>): boolean {
    const end = this.#options.content.last?.last
    return end !== undefined && end.contentBytes === bytes && sameBytes(end.contentDigest, contentDigest)
  }

  snapshot(): TransferSnapshot {
    return this.#view.snapshot({
      state: this.#state,
      storedBytes: this.storedBytes,
      contentDigest: this.#contentDigest,
      error: this.#error,
    })
  }

  /** Calls `watcher` now, at changes, and a last time when the transfer is over. @returns how to stop watching */
  watch(watcher: Watcher): () => void {
    const stop = this.#watchers.add(watcher)
    watcher(this.snapshot(), this.final)
    return stop
  }

  /** Something changed: watchers hear of it soon, and at once when it was the last change. */
  changed(): void {
    if (this.#state === 'distributing' && !this.#cancelling && this.distribution.settled)
      void this.#end(outcomeOf(this.distribution.deliveries))
    if (!this.final) this.#watchers.changed()
    else if (this.#owed && !this.#isOwed) {
      this.#owed = false
      this.#options.events.ended()
    }
  }

  /** Calls the transfer off everywhere it is not active yet; also one that is over, for who is to get or to show it later. */
  async cancel(reason: Reason, state: 'cancelled' | 'failed' = 'cancelled'): Promise<void> {
    const over = this.final
    this.#cancelling = true
    const nodes = this.distribution.cancel(reason)
    if (over && nodes.length === 0) return
    this.#error = reason
    this.#options.events.callOff(nodes, reason)
    await (over ? this.#record(state) : this.#end(state))
    // What is being written to the library is not taken away from under it.
    await this.arrival.settled()
    await this.#options.events.discard()
  }

  /** A pending delivery is served again. */
  reopen(): void {
    if (!this.stored) return
    this.#state = 'distributing'
    this.#owed = false
    this.#view.reopened()
  }

  /** The main server stops. */
  async stop(): Promise<void> {
    this.#watchers.stop()
    this.distribution.stop()
    await this.#options.content.close()
  }

  get #isOwed(): boolean {
    return this.distribution.deliveries.some(isOwed)
  }

  /** The content is described to its end: keeps that for good. @returns whether the transfer goes on */
  async #keep({ closing, bytes, digest }: ContentEnd): Promise<boolean> {
    const { content, database, events } = this.#options
    await events.keepTables([...content.tables(), closing])
    if (this.#state !== 'receiving') return false
    this.#contentDigest = digest
    this.#state = 'distributing'
    await database.transaction(async ({ transfers }) => {
      await transfers.keepContent(this.id, { bytes, digest })
      await transfers.setState(this.id, 'distributing')
    })
    return this.calledOff === undefined
  }

  async #end(state: 'complete' | 'partial' | 'failed' | 'cancelled'): Promise<void> {
    if (this.final) return
    this.#view.ended()
    this.#owed = this.#isOwed
    await this.#record(state)
    this.#watchers.ended()
    this.#options.events.ended()
  }

  async #record(state: 'complete' | 'partial' | 'failed' | 'cancelled'): Promise<void> {
    this.#state = state
    this.#options.log.info('a transfer is over', { transfer: this.id, state })
    // What a push reports must be what the network database says after a power cut.
    await this.#options.recorder.flush()
    await this.#options.database.transfers.setState(this.id, state, this.#error)
  }
}
