/**
 * What is heard of deliveries and terminals, on its way into the network database: collected for a moment and written in one transaction,
 * because every transaction waits for the disk and a transfer to a thousand terminals would otherwise wait a thousand times.
 *
 * Guarantee: `kept` runs only after its change is durable, so a receipt is confirmed only when it is recorded.
 */

import type { DeliveryChange } from '../registry/deliveries.ts'
import type { DeliveryEvent } from '../registry/delivery-state.ts'
import type { EdgeSample, TerminalSample } from '../registry/measurements.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { Meter } from '../system/meter.ts'

/** How long changes are collected. */
const COLLECT_MS = 10

interface Kept {
  readonly change: DeliveryChange
  readonly kept: (() => void) | undefined
}

export interface RecorderOptions {
  readonly clock: Clock
  readonly database: NetworkDatabase
  readonly log: Log
  readonly meter: Meter
}

/** What each event of a delivery counts as. */
const COUNTED: Readonly<Partial<Record<DeliveryEvent, Parameters<Meter['count']>[0]>>> = {
  received: 'treecast_deliveries_received_total',
  failed: 'treecast_deliveries_failed_total',
  retried: 'treecast_delivery_retries_total',
}

export class Recorder {
  readonly #options: RecorderOptions
  #changes: Kept[] = []
  #samples: TerminalSample[] = []
  #edges: EdgeSample[] = []
  #timer: Timer | undefined
  #writing: Promise<void> = Promise.resolve()

  constructor(options: RecorderOptions) {
    this.#options = options
  }

  /** Something happened to a delivery. `kept` runs once that is durable. */
  delivery(change: DeliveryChange, kept?: () => void): void {
    const counted = COUNTED[change.event]
    if (counted !== undefined) this.#options.meter.count(counted)
    this.#changes.push({ change, kept })
    this.#arm()
  }

  /** Something was measured. */
  sample(sample: TerminalSample): void {
    if (sample.kind === 'response') this.#options.meter.observe('treecast_response_seconds', sample.value / 1000)
    this.#samples.push(sample)
    this.#arm()
  }

  /** Content went over an edge at this rate. */
  edge(edge: EdgeSample): void {
    this.#edges.push(edge)
    this.#arm()
  }

  /** Resolves once everything that was said before is durable. */
  flush(): Promise<void> {
    this.#timer?.cancel()
    this.#timer = undefined
    this.#writing = this.#writing.then(() => this.#write())
    return this.#writing
  }

  #arm(): void {
    this.#timer ??= this.#options.clock.after(COLLECT_MS, () => void this.flush())
  }

  async #write(): Promise<void> {
    const [changes, samples, edges] = [this.#changes, this.#samples, this.#edges]
    if (changes.length + samples.length + edges.length === 0) return
    this.#changes = []
    this.#samples = []
    this.#edges = []
    const { database, log } = this.#options
    const answered = samples.filter(({ kind }) => kind === 'response').map(({ nodeId }) => nodeId)
    try {
      await database.transaction(async (tx) => {
        if (changes.length > 0) await tx.deliveries.apply(changes.map(({ change }) => change))
        if (samples.length > 0) await tx.measurements.record(samples)
        if (answered.length > 0) await tx.terminals.heardOf(answered)
        if (edges.length > 0) await tx.measurements.recordEdges(edges)
      })
    } catch (error) {
      // Receipts stay unconfirmed, so the terminals send them again; nothing is lost but this moment.
      log.error('the network database cannot be written', { error: messageOf(error) })
      return
    }
    for (const { kept } of changes) kept?.()
  }
}
