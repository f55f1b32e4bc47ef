/**
 * How long a disk took to make one content durable: the time in which at least one sync of it was under way. Never more than the time
 * that has passed, however many are under way at once.
 *
 * Writes do not count: they end in the system's memory, and what is too much for that a sync has to wait for. How long the answer to a
 * write takes tells how busy the process is: with 200 MiB to a disk in memory, on a machine of load 13, that was 100 ms for each write,
 * and 500 ms for all syncs together.
 */

import type { Clock } from '../system/clock.ts'
import type { ContentFile } from './stored-content.ts'

export class DiskTime {
  readonly #clock: Pick<Clock, 'monotonic'>
  #underWay = 0
  #sinceMs = 0
  #pastMs = 0

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** Milliseconds so far. */
  get ms(): number {
    return this.#pastMs + (this.#underWay === 0 ? 0 : this.#clock.monotonic() - this.#sinceMs)
  }

  /** The result of `work`, which syncs. */
  async during<T>(work: () => Promise<T>): Promise<T> {
    if (this.#underWay === 0) this.#sinceMs = this.#clock.monotonic()
    this.#underWay += 1
    try {
      return await work()
    } finally {
      this.#underWay -= 1
      if (this.#underWay === 0) this.#pastMs += this.#clock.monotonic() - this.#sinceMs
    }
  }
}

/** The file, with its syncs counted in `time`. */
export function timedFile(file: ContentFile, time: DiskTime): ContentFile {
  return {
    read: (at, length) => file.read(at, length),
    write: (at, bytes) => file.write(at, bytes),
    syncData: () => time.during(() => file.syncData()),
    close: () => file.close(),
  }
}
