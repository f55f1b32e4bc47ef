/**
 * Looks for a transfer's packets on this terminal (packet-finder.ts), one after the other, before they are asked for; what is found is
 * stored from there.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { giveBack } from '../system/packet-memory.ts'
import type { PacketsHere } from './own-content.ts'
import type { PacketFinder } from './packet-finder.ts'

export interface LocalPacketsOptions {
  readonly content: StoredContent
  /** Closed by this module. */
  readonly finder: PacketFinder
  readonly has: (index: number) => boolean
  /** A packet was found here, and stored from there. */
  readonly reused: (index: number) => void
  /** More packets may be asked for. */
  readonly ready: () => void
  /** Storing failed. */
  readonly failed: (error: unknown) => void
}

export class LocalPackets {
  readonly #options: LocalPacketsOptions
  readonly #storing = new Set<number>()
  #known = 0
  #toLookFor = 0
  #looking: Promise<void> = Promise.resolve()
  #stopped = false

  constructor(options: LocalPacketsOptions) {
    this.#options = options
  }

  /** Packets from this one on are still looked for here. */
  get known(): number {
    return this.#known
  }

  /** Whether a packet that was found here is being stored. */
  isStoring(index: number): boolean {
    return this.#storing.has(index)
  }

  stop(): void {
    this.#stopped = true
    void this.#looking.then(() => this.#options.finder.close())
  }

  /** Looks for the packets below `end`, one after the other, and only then lets each be asked for. */
  lookFor(end: number): void {
    const { finder, content, has, ready, failed } = this.#options
    const isLooking = this.#known < this.#toLookFor
    this.#toLookFor = end
    if (!finder.looks && !isLooking) {
      this.#known = end
      return
    }
    this.#looking = this.#looking
      .then(async () => {
        while (this.#known < end && !this.#stopped && finder.looks) {
          await this.#look(this.#known)
          this.#known++
          // What is missing is fetched while the rest is looked for: looking may take its time.
          if (!has(this.#known - 1)) ready()
        }
        if (!this.#stopped) this.#known = end
        if (content.last !== undefined && this.#known === content.knownPackets) await finder.close()
        ready()
      })
      .catch((error: unknown) => {
        if (!this.#stopped) failed(error)
      })
  }

  /** All of it may be here after all: looks there for what is missing. Meanwhile it may be asked for too. */
  lookIn(here: PacketsHere): void {
    const { finder, ready, failed } = this.#options
    this.#looking = this.#looking
      .then(async () => {
        await finder.lookIn(here)
        for (let index = 0; index < this.#known && !this.#stopped; index++) await this.#look(index)
        ready()
      })
      .catch((error: unknown) => {
        if (!this.#stopped) failed(error)
      })
  }

  async #look(index: number): Promise<void> {
    const { content, finder, has } = this.#options
    if (content.held.has(index)) return finder.note(index)
    if (has(index)) return
    // What cannot be read any more is no fault of the transfer: the packet is fetched.
    const plain = await finder.find(index).catch(() => undefined)
    if (plain === undefined || this.#stopped || has(index)) return
    await this.store(index, plain)
    for (const twin of finder.stored(index)) await this.store(twin, plain)
    giveBack(plain)
  }

  /** Stores bytes that were found here. */
  async store(index: number, plain: Uint8Array): Promise<void> {
    this.#storing.add(index)
    await this.#options.content.write(index, plain).finally(() => this.#storing.delete(index))
    if (!this.#stopped) this.#options.reused(index)
  }
}
