/**
 * The bytes of one modelled file, and which of them a power cut may take.
 *
 * Every change since the last sync is kept with what it replaced. A power cut undoes all of them and then does some again: each write
 * survives whole, not at all, or torn at a sector, whatever became of the others.
 */

import type { Random } from './random.ts'

/** What a disk writes at once. */
const SECTOR_BYTES = 512

interface Change {
  readonly at: number
  /** How many bytes were written at `at`; what they were stands in the file until the change is undone. */
  readonly writtenBytes: number
  readonly before: Uint8Array
  readonly lengthBefore: number
  /** Set for a truncation, which writes nothing. */
  readonly lengthAfter: number | undefined
  /** A sync of it has failed: no later one makes it safe. */
  doomed: boolean
}

export class MemoryBytes {
  #buffer = new Uint8Array(0)
  #length = 0
  #unsynced: Change[] = []

  get length(): number {
    return this.#length
  }

  read(at: number, length: number): Uint8Array {
    return this.#buffer.slice(Math.min(at, this.#length), Math.min(at + length, this.#length))
  }

  write(at: number, bytes: Uint8Array): void {
    const before = this.read(at, bytes.length)
    const lengthBefore = this.#length
    const writtenBytes = bytes.length
    this.#unsynced.push({ at, writtenBytes, before, lengthBefore, lengthAfter: undefined, doomed: false })
    this.#put(at, bytes)
  }

  truncate(length: number): void {
    const before = this.read(length, this.#length)
    const lengthBefore = this.#length
    const change = { at: length, writtenBytes: 0, before, lengthBefore, lengthAfter: length, doomed: false }
    this.#unsynced.push(change)
    this.#resize(length)
  }

  /** Makes every change so far safe, except those whose sync has failed before. */
  sync(): void {
    this.#unsynced = this.#unsynced.filter((change) => change.doomed)
  }

  /** A sync that failed: as on a real system, a later one that succeeds says nothing about the bytes of this one. */
  failSync(): void {
    for (const change of this.#unsynced) change.doomed = true
  }

  crash(random: Random): void {
    const undone = this.#unsynced.toReversed().map((change) => ({ change, after: this.#undo(change) }))
    this.#unsynced = []
    for (const { change, after } of undone.toReversed()) this.#redo(change, after, random)
  }

  /** @returns what the change had written: later ones are undone already */
  #undo(change: Change): Uint8Array {
    const after = this.read(change.at, change.writtenBytes)
    if (change.before.length > 0) this.#put(change.at, change.before)
    this.#resize(change.lengthBefore)
    return after
  }

  #redo({ at, lengthAfter }: Change, after: Uint8Array, random: Random): void {
    const fate = random.fraction() * 3
    if (fate < 1) return
    if (lengthAfter !== undefined) {
      this.#resize(lengthAfter)
    } else {
      const sectors = Math.floor(random.fraction() * Math.ceil(after.length / SECTOR_BYTES))
      this.#put(at, fate < 2 ? after : after.subarray(0, sectors * SECTOR_BYTES))
    }
  }

  #put(at: number, bytes: Uint8Array): void {
    if (bytes.length === 0) return
    if (at + bytes.length > this.#length) this.#resize(at + bytes.length)
    this.#buffer.set(bytes, at)
  }

  /** What lies behind the end is zero, so that a longer file begins with zeros there. */
  #resize(length: number): void {
    if (length > this.#buffer.length) {
      const grown = new Uint8Array(Math.max(length, Math.min(this.#buffer.length * 2, this.#buffer.length + 2 ** 24)))
      grown.set(this.#buffer.subarray(0, this.#length))
      this.#buffer = grown
    } else if (length < this.#length) {
      this.#buffer.fill(0, length, this.#length)
    }
    this.#length = length
  }
}
