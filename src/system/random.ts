/** Chance as an argument: the operating system's for real, a seeded one in the simulator. */

import { randomBytes } from 'node:crypto'

export interface Random {
  /** `length` random bytes; fit for keys when the source is the operating system's. */
  bytes(length: number): Uint8Array
  /** A number from 0 (inclusive) to 1 (exclusive). */
  fraction(): number
}

/** Draws from the operating system. */
export const systemRandom: Random = {
  bytes: (length) => new Uint8Array(randomBytes(length)),
  fraction: () => randomBytes(4).readUInt32BE() / 2 ** 32,
}

/** Repeatable draws from a 32-bit seed (the splitmix32 generator). Never for keys outside the simulator. */
export function seededRandom(seed: number): Random {
  let state = seed >>> 0
  const next = () => {
    state = (state + 0x9e3779b9) >>> 0
    let mixed = state ^ (state >>> 16)
    mixed = Math.imul(mixed, 0x21f0aaad)
    mixed ^= mixed >>> 15
    mixed = Math.imul(mixed, 0x735a2d97)
    return (mixed ^ (mixed >>> 15)) >>> 0
  }
  return {
    bytes: (length) => Uint8Array.from({ length }, () => next() & 0xff),
    fraction: () => next() / 2 ** 32,
  }
}
