/**
 * What one transfer at a terminal does with every table and packet that its reception has checked or stored: serves those below with it,
 * keeps it for good from time to time, begins to relay, and says when nothing is missing any more.
 *
 * Guarantee: an entry list that will be refused is refused as soon as it is here, before the rest of the content moves.
 */

import { invariant } from '../system/errors.ts'
import type { Meter } from '../system/meter.ts'
import type { SharedBytes } from '../system/packet-memory.ts'
import { type ReadableContent, readEntries } from './delivery.ts'
import type { DurableProgress } from './durable-progress.ts'
import type { ReceptionEvents } from './reception.ts'
import type { RelayStart } from './relay-start.ts'
import type { Serving } from './serving.ts'

export interface ArrivalsOptions extends ReadableContent {
  readonly meter: Meter
  readonly serving: Pick<Serving, 'tableArrived' | 'packetArrived' | 'packetStored'>
  readonly relayStart: Pick<RelayStart, 'contentGrew'>
  readonly progress: Pick<DurableProgress, 'tableStored' | 'packetStored' | 'isDue' | 'keep'>
  /** Whether what is here may be kept before all of it is. */
  readonly mayKeep: () => boolean
  /** All of the content is here. */
  readonly complete: () => void
  /** The entry list is refused, or cannot be read. */
  readonly failed: (error: unknown) => void
}

type Arrived = Pick<ReceptionEvents, 'tableStored' | 'packetChecked' | 'packetStored' | 'packetReused'>

export class Arrivals implements Arrived {
  readonly #options: ArrivalsOptions
  #entriesChecked = false
  #reusedBytes = 0

  constructor(options: ArrivalsOptions) {
    this.#options = options
  }

  /** Plain bytes that were found on this terminal. */
  get reusedBytes(): number {
    return this.#reusedBytes
  }

  tableStored(segment: number): void {
    const { content, progress, serving } = this.#options
    const bytes = content.table(segment)
    invariant(bytes !== undefined, 'a stored table is there')
    progress.tableStored(segment, bytes)
    serving.tableArrived(segment)
    // Empty content is complete with its only table.
    this.#contentGrew()
  }

  packetChecked(index: number, sealed: SharedBytes): void {
    this.#options.serving.packetArrived(index, sealed)
  }

  packetStored(index: number): void {
    const { progress, serving, mayKeep } = this.#options
    serving.packetStored(index)
    this.#checkEntries()
    progress.packetStored(this.#plainBytes(index))
    if (progress.isDue && mayKeep()) progress.keep()
    this.#contentGrew()
  }

  packetReused(index: number): void {
    const bytes = this.#plainBytes(index)
    this.#reusedBytes += bytes
    this.#options.meter.count('treecast_reused_bytes_total', bytes)
  }

  #contentGrew(): void {
    const { content, relayStart, complete } = this.#options
    relayStart.contentGrew()
    if (content.complete) complete()
  }

  #checkEntries(): void {
    if (this.#entriesChecked || !this.#options.content.entryListHeld) return
    this.#entriesChecked = true
    readEntries(this.#options).catch((error: unknown) => this.#options.failed(error))
  }

  #plainBytes(index: number): number {
    return this.#options.content.place(index)?.facts.plainBytes ?? 0
  }
}
