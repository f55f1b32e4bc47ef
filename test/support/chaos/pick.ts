/** Choices by chance. */

import type { Random } from '../../../src/system/random.ts'

/** From 0 to less than 1. */
export function draw(random: Random): number {
  const bytes = random.bytes(4)
  return new DataView(bytes.buffer, bytes.byteOffset).getUint32(0) / 2 ** 32
}

export function pick<T>(random: Random, choices: readonly T[]): T {
  return choices[Math.floor(draw(random) * choices.length)] as T
}
