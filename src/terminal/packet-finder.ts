/**
 * Which packets of a transfer need not be fetched, because their bytes are here: in what lies at the destination, or in another packet of
 * the same content.
 *
 *   packet ──► has a twin, an earlier packet of the same bytes ── held ──► found
 *                                                              └─ not ──► awaited: found when its twin is stored
 *         └──► in the earlier content ──► found, or absent: to be fetched
 *
 * Only contents that are cut by what they say have twins worth looking for; with a fixed cut they would be chance.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { hasDigest, sameBytes } from '../seal/digests.ts'
import { LIMITS } from '../wire/limits.ts'
import { keyOf } from './earlier-content.ts'
import type { PacketsHere } from './own-content.ts'

export interface PacketFinderOptions {
  readonly content: StoredContent
  /** What lies at the destination already, if anything. Closed by this module. */
  readonly earlier: PacketsHere | undefined
  readonly hasTwins: boolean
}

export class PacketFinder {
  readonly #options: PacketFinderOptions
  #earlier: PacketsHere | undefined
  /** By the beginning of their digests: the first packet of these bytes. */
  readonly #firsts = new Map<string, number>()
  /** By the packet that is fetched: those of the same bytes. */
  readonly #twins = new Map<number, number[]>()
  readonly #awaited = new Set<number>()

  constructor(options: PacketFinderOptions) {
    this.#options = options
    this.#earlier = options.earlier
  }

  /** Whether anything may still be found. */
  get looks(): boolean {
    return this.#earlier?.isOpen === true || this.#options.hasTwins
  }

  /** Whether it is found as soon as another packet is stored. */
  awaits(index: number): boolean {
    return this.#awaited.has(index)
  }

  /** Looks there from now on, and no more where it did. What was looked for in vain may be looked for once more. */
  async lookIn(here: PacketsHere): Promise<void> {
    const before = this.#earlier
    this.#earlier = here
    await before?.close()
  }

  /** The plain bytes of a packet that is not held; undefined when it is to be fetched, or awaited. Each packet in its order. */
  async find(index: number): Promise<Uint8Array | undefined> {
    const { content } = this.#options
    const place = content.place(index)
    if (place === undefined) return undefined
    const first = this.#firstOf(index, place.facts.plainDigest)
    if (first !== undefined && content.held.has(first)) {
      const bytes = await content.read(first)
      if (hasDigest(bytes, place.facts.plainDigest)) return bytes
    } else if (first !== undefined) {
      this.#await(index, first)
      return undefined
    }
    return this.#earlier?.find(place)
  }

  /** The packet is stored. @returns those that are found with it */
  stored(index: number): readonly number[] {
    const twins = this.#twins.get(index)
    if (twins === undefined) return []
    this.#twins.delete(index)
    for (const twin of twins) this.#awaited.delete(twin)
    return twins
  }

  async close(): Promise<void> {
    await this.#earlier?.close()
  }

  /** Notes a packet that is held, for others of the same bytes. */
  note(index: number): void {
    const digest = this.#options.content.place(index)?.facts.plainDigest
    if (digest !== undefined) this.#firstOf(index, digest)
  }

  /** An earlier packet of the same bytes; from the first one on it is noted. */
  #firstOf(index: number, digest: Uint8Array): number | undefined {
    if (!this.#options.hasTwins) return undefined
    const key = keyOf(digest)
    const first = this.#firsts.get(key)
    if (first === undefined) {
      if (this.#firsts.size < LIMITS.earlierPackets) this.#firsts.set(key, index)
      return undefined
    }
    if (first === index) return undefined
    const { plainDigest } = this.#options.content.place(first)?.facts ?? {}
    return plainDigest !== undefined && sameBytes(plainDigest, digest) ? first : undefined
  }

  #await(index: number, first: number): void {
    this.#awaited.add(index)
    const twins = this.#twins.get(first)
    if (twins === undefined) this.#twins.set(first, [index])
    else twins.push(index)
  }
}
