import { seededRandom } from '../../../src/system/random.ts'

/** Bytes that no compression shortens, the same for the same seed. */
export const noise = (length: number, seed = 1): Uint8Array => seededRandom(seed).bytes(length)

/** Bytes in which much repeats, near and far. */
export function prose(length: number): Uint8Array {
  const words = ['tree', 'relay ', 'packet, ', 'upstream', ' and ', 'the ', 'fan-out ', '\n']
  const random = seededRandom(7)
  let text = ''
  while (text.length < length) text += words[Math.floor(random.fraction() * words.length)]
  return new TextEncoder().encode(text.slice(0, length))
}

/** 0, 1, 2, … 255, 0, 1 … */
export const counting = (length: number, from = 0): Uint8Array => Uint8Array.from({ length }, (_, k) => from + k)
