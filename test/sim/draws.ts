/** Choices from a seed. */

import { type Random, seededRandom } from '../../src/system/random.ts'

export class Draws {
  readonly #random: Random

  constructor(seed: number) {
    this.#random = seededRandom(seed)
  }

  happens(chance: number): boolean {
    return this.#random.fraction() < chance
  }

  /** A whole number, both bounds included. */
  whole(least: number, most: number): number {
    return least + Math.floor(this.#random.fraction() * (most - least + 1))
  }

  /** A whole number of any order of magnitude between the bounds: small ones as often as large ones. */
  magnitude(least: number, most: number): number {
    return Math.round(least * (most / least) ** this.#random.fraction())
  }

  oneOf<T>(choices: readonly T[]): T {
    return choices[this.whole(0, choices.length - 1)] as T
  }

  bytes(length: number): Uint8Array {
    return this.#random.bytes(length)
  }
}

/** A seed for one part of a run, so that taking another part away does not change it. */
export function seedOf(seed: number, part: string): number {
  let mixed = (seed ^ 0x811c9dc5) >>> 0
  for (let at = 0; at < part.length; at++) mixed = Math.imul(mixed ^ part.charCodeAt(at), 0x01000193) >>> 0
  return mixed
}
