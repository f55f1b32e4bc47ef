/** Those who watch a transfer: told of changes together and not too often, and at once of the last. */

import type { Clock, Timer } from '../system/clock.ts'
import { LIMITS } from '../wire/limits.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'

/** Hears of a transfer; `final` is the last call. */
export type Watcher = (snapshot: TransferSnapshot, final: boolean) => void

export interface TransferWatchersOptions {
  readonly clock: Clock
  /** Watchers of many terminals are told less often. */
  readonly terminals: number
  readonly snapshot: () => TransferSnapshot
}

export class TransferWatchers {
  readonly #options: TransferWatchersOptions
  readonly #watchers = new Set<Watcher>()
  #soon: Timer | undefined

  constructor(options: TransferWatchersOptions) {
    this.#options = options
  }

  stop(): void {
    this.#soon?.cancel()
    this.#soon = undefined
  }

  /** @returns how to stop watching */
  add(watcher: Watcher): () => void {
    this.#watchers.add(watcher)
    return () => this.#watchers.delete(watcher)
  }

  /** Something changed. */
  changed(): void {
    const { clock, terminals } = this.#options
    this.#soon ??= clock.after(Math.max(LIMITS.snapshotMs, terminals), () => {
      this.#soon = undefined
      this.#show(false)
    })
  }

  /** Nothing more will change. */
  ended(): void {
    this.stop()
    this.#show(true)
    this.#watchers.clear()
  }

  #show(final: boolean): void {
    const snapshot = this.#options.snapshot()
    for (const watcher of this.#watchers) watcher(snapshot, final)
  }
}
