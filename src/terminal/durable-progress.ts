/**
 * Keeps what a transfer has received so far for good: from time to time the content is synced, and then its bitmap and its new tables are
 * committed, so that a crash costs no more than what came since.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { LIMITS } from '../wire/limits.ts'
import type { StateFile } from './state-file.ts'

export interface DurableProgressOptions {
  readonly transfer: number
  readonly content: StoredContent
  readonly state: Pick<StateFile, 'keepProgress'>
  readonly failed: (error: unknown) => void
}

export class DurableProgress {
  readonly #options: DurableProgressOptions
  readonly #newTables = new Map<number, Uint8Array>()
  #syncing: Promise<void> | undefined
  #unsyncedBytes = 0

  constructor(options: DurableProgressOptions) {
    this.#options = options
  }

  /** Tables that are not kept yet, by segment. */
  get newTables(): ReadonlyMap<number, Uint8Array> {
    return this.#newTables
  }

  /** Whether so much came in that it is time to keep it. */
  get isDue(): boolean {
    return this.#syncing === undefined && this.#unsyncedBytes >= LIMITS.syncEveryBytes
  }

  tableStored(segment: number, table: Uint8Array): void {
    this.#newTables.set(segment, table)
  }

  packetStored(plainBytes: number): void {
    this.#unsyncedBytes += plainBytes
  }

  /** What is being kept is kept, or failed to be. @throws the file system's error */
  async settled(): Promise<void> {
    await this.#syncing
  }

  /** Keeps what is here; of a failure `failed` hears. */
  keep(): void {
    const { transfer, content, state, failed } = this.#options
    this.#unsyncedBytes = 0
    const tables = new Map(this.#newTables)
    this.#newTables.clear()
    this.#syncing = content
      .sync()
      .then((durable) => state.keepProgress(transfer, durable, tables))
      .finally(() => {
        this.#syncing = undefined
      })
    this.#syncing.catch(failed)
  }
}
