/** A transfer as operators see it while the main server has it: its state at this moment, how long it has taken, how fast its links are. */

import type { StoredContent } from '../content/stored-content.ts'
import type { Clock } from '../system/clock.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { type DeliveryView, seconds } from './delivery-view.ts'
import { bestNodeRate } from './link-rate.ts'
import { type TransferFacts, type TransferProgress, viewTransfer } from './transfer-view.ts'

/** How long ago a transfer began, and was over if it is: another process of this main server may have begun it. */
export interface TransferAge {
  readonly startedMsAgo: number
  readonly endedMsAgo: number
}

export const NEW_TRANSFER: TransferAge = { startedMsAgo: 0, endedMsAgo: 0 }

export interface RunningViewOptions {
  readonly clock: Clock
  readonly facts: TransferFacts
  readonly content: Pick<StoredContent, 'knownBytes'>
  readonly deliveries: readonly DeliveryView[]
  readonly age: TransferAge
  /** Whether it is over already. */
  readonly isOver: boolean
}

export class RunningView {
  readonly #options: RunningViewOptions
  readonly #startedAtMs: number
  #endedAtMs: number | undefined
  /** Bytes per second of the busiest node so far. */
  #bestRate = 0

  constructor(options: RunningViewOptions) {
    this.#options = options
    const nowMs = options.clock.monotonic()
    this.#startedAtMs = nowMs - options.age.startedMsAgo
    if (options.isOver) this.#endedAtMs = nowMs - options.age.endedMsAgo
  }

  /** Its time stands still from now on. */
  ended(): void {
    this.#endedAtMs = this.#options.clock.monotonic()
  }

  /** Its time goes on. */
  reopened(): void {
    this.#endedAtMs = undefined
  }

  snapshot(progress: Omit<TransferProgress, 'nowMs' | 'seconds'>): TransferSnapshot {
    const { facts, content, clock, deliveries } = this.#options
    const nowMs = clock.monotonic()
    const bytes = progress.contentDigest === null ? facts.bytes : content.knownBytes
    const elapsed = seconds((this.#endedAtMs ?? nowMs) - this.#startedAtMs)
    const view = viewTransfer({ ...facts, bytes }, { ...progress, seconds: elapsed, nowMs }, deliveries)
    return { ...view, linkBytesPerSecond: this.#linkRate(view.terminals) }
  }

  /** Grows only: how fast a link is shows while it is busy. */
  #linkRate(terminals: TransferSnapshot['terminals']): number | null {
    this.#bestRate = Math.max(this.#bestRate, bestNodeRate(terminals))
    return this.#bestRate === 0 ? null : this.#bestRate
  }
}
