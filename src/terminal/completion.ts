/**
 * How far one transfer is at a terminal, and its last steps (delivery.ts): each begins when the one before is recorded, and is told then.
 *
 *   receiving ──all held──► finishing ──durable, receipt──► received ──its time, renamed, receipt──► active
 *       └─────────────────────────┴───────── end() ─────────────┴──► failed
 *
 * Guarantee: the main server hears of a step only when it would survive a power cut. What came whole and is shown at once is told once, by
 * its last receipt, which says all that there is to say.
 */

import { activate, clearPublished, type Delivery, makeDurable } from './delivery.ts'
import type { DurableProgress } from './durable-progress.ts'
import type { Stage } from './state-schema.ts'
import type { TerminalMeans } from './terminal-means.ts'
import type { TransferReports } from './transfer-reports.ts'

export interface CompletionOptions
  extends Pick<Delivery, 'manifest' | 'node' | 'content' | 'disk' | 'file' | 'unrecorded'> {
  readonly means: Omit<TerminalMeans, 'sockets' | 'sendLimit' | 'verifyTable' | 'mainClock'>
  /** What the state says of it. */
  readonly stage: Stage
  readonly progress: Pick<DurableProgress, 'settled' | 'newTables'>
  readonly reports: Pick<TransferReports, 'progress'>
  /** Plain bytes that were found on this terminal. */
  readonly reusedBytes: () => number
  readonly events: CompletionEvents
}

export interface CompletionEvents {
  /** All of it would survive a power cut: nothing more is to be fetched. */
  durable(): void
  /** It is shown, or waits for its time: nothing is left to do now. */
  resting(): void
  /** A step failed. */
  failed(error: unknown): void
}

export type TransferStage = Stage | 'finishing' | 'failed'

/** `wanted`: packets are missing. `held`: all are here, not yet durable. `durable`: nothing more is needed. `none`: it failed here. */
export type PacketNeed = 'wanted' | 'held' | 'durable' | 'none'

export class Completion {
  readonly #options: CompletionOptions
  readonly #startedAtMs: number
  #stage: TransferStage
  /** The steps that are under way. Never rejects. */
  #running: Promise<void> | undefined

  constructor(options: CompletionOptions) {
    this.#options = options
    this.#stage = options.stage
    this.#startedAtMs = options.means.clock.monotonic()
  }

  get stage(): TransferStage {
    return this.#stage
  }

  get need(): PacketNeed {
    if (this.#stage === 'receiving') return 'wanted'
    if (this.#stage === 'failed') return 'none'
    return this.#stage === 'finishing' ? 'held' : 'durable'
  }

  /** All of the content is here: makes it durable, and publishes it in its time. Harmless to repeat. */
  complete(): void {
    if (this.#stage !== 'receiving') return
    this.#stage = 'finishing'
    this.#run(this.#makeDurable().then(() => this.#publishInTime()))
  }

  /** Goes on after a restart. @returns false when packets are missing */
  resume(): boolean {
    if (this.#stage === 'received') this.#run(this.#publishInTime())
    else if (this.#options.content.complete) this.complete()
    else return false
    return true
  }

  /** Its time has come. Never rejects: of what fails `failed` hears. */
  async publish(): Promise<void> {
    if (this.#stage !== 'received') return
    this.#run(this.#activate())
    await this.#running
  }

  /** It failed or was called off: no further step begins. */
  end(): void {
    this.#stage = 'failed'
  }

  /** What is under way is done, or has failed. Never rejects. */
  async settled(): Promise<void> {
    await this.#running
  }

  #run(steps: Promise<void>): void {
    this.#running = steps.catch((error: unknown) => this.#options.events.failed(error))
  }

  async #makeDurable(): Promise<void> {
    const { means, manifest, node, content, disk, file, unrecorded, progress, reports, events } = this.#options
    await progress.settled()
    const elapsedMs = means.clock.monotonic() - this.#startedAtMs
    const delivery = { ...means, manifest, node, content, disk, file, unrecorded }
    const receipt = await makeDurable(delivery, progress.newTables, elapsedMs)
    // What was kept is about to be forgotten.
    if (this.#stage === 'failed') return
    this.#stage = 'received'
    if (!this.#isToldOnce) {
      reports.progress()
      means.reports.receipt(receipt)
    }
    events.durable()
  }

  /** Publishes what has no time to wait for. */
  async #publishInTime(): Promise<void> {
    if (this.#stage === 'failed') return
    const { means, manifest, events } = this.#options
    if (!isTimed(manifest)) return this.#activate()
    means.times.schedule({ ...manifest, stage: 'received' })
    events.resting()
  }

  async #activate(): Promise<void> {
    const { means, manifest, reusedBytes, events } = this.#options
    const { transfer, destination } = manifest
    const receipt = await activate({ ...means, manifest, isToldOnce: this.#isToldOnce })
    this.#stage = 'active'
    means.meter.count('treecast_contents_activated_total')
    means.log.info('content is active', { transfer, destination, reusedBytes: reusedBytes() || undefined })
    means.reports.receipt(receipt)
    means.times.schedule({ ...manifest, stage: 'active' })
    events.resting()
    await clearPublished(means, manifest)
  }

  get #isToldOnce(): boolean {
    const { unrecorded, manifest } = this.#options
    return unrecorded !== undefined && !isTimed(manifest)
  }
}

function isTimed({ activateAtMs, deactivateAtMs }: Delivery['manifest']): boolean {
  return activateAtMs !== null || deactivateAtMs !== null
}
