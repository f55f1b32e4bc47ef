/**
 * One process's hold on a modelled disk. Once the process is gone its calls never answer, as nothing is left to hear an answer; a
 * new process starts with a hold of its own.
 */

import type { Clock } from './clock.ts'
import { FileFaults, type FileOperation, fileError } from './file-faults.ts'
import type { MemoryDisk } from './memory-disk.ts'

export class MemoryProcess {
  readonly disk: MemoryDisk
  readonly faults = new FileFaults()
  capacityBytes: number
  readonly #clock: Pick<Clock, 'now'> | undefined
  #gone = false

  constructor(disk: MemoryDisk, options: { clock: Pick<Clock, 'now'> | undefined; capacityBytes: number }) {
    this.disk = disk
    this.#clock = options.clock
    this.capacityBytes = options.capacityBytes
  }

  nowMs(): number {
    return this.#clock?.now() ?? 0
  }

  freeBytes(): number {
    return Math.max(0, this.capacityBytes - this.disk.usedBytes())
  }

  /** @throws ENOSPC when the disk has no room for so many bytes more */
  reserve(moreBytes: number, path: string): void {
    if (moreBytes > 0 && this.capacityBytes !== Number.POSITIVE_INFINITY && moreBytes > this.freeBytes()) {
      throw fileError('ENOSPC', path)
    }
  }

  /** Does one operation, or fails as ordered. */
  run<T>(operation: FileOperation | undefined, path: string, work: () => T): Promise<T> {
    if (this.#gone) return new Promise(() => {})
    return new Promise((resolve) => {
      if (operation) this.faults.check(operation, path)
      resolve(work())
    })
  }

  leave(): void {
    this.#gone = true
  }
}
