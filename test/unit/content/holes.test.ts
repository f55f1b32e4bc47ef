import fc from 'fast-check'
import { expect, test } from 'vitest'
import { writeAround } from '../../../src/content/holes.ts'

const PIECE_BYTES = 64 * 1024

/** Where `bytes` are written to, when they are written at 1000, and what is there then. */
async function written(bytes: Uint8Array): Promise<{ readonly at: number[]; readonly copy: Uint8Array }> {
  const at: number[] = []
  const copy = new Uint8Array(bytes.length)
  const write = async (from: number, part: Uint8Array): Promise<void> => {
    at.push(from - 1000)
    copy.set(part, from - 1000)
  }
  await writeAround({ write }, 1000, bytes)
  return { at, copy }
}

test('what has no hole is written at once', async () => {
  expect((await written(new Uint8Array(16 * PIECE_BYTES).fill(1))).at).toEqual([0])
})

test('nothing is written of zeros', async () => {
  expect((await written(new Uint8Array(2 * PIECE_BYTES + 1))).at).toEqual([])
})

test('all but whole pieces of zeros is written, neighbours together', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.boolean(), { maxLength: 12 }), fc.nat(PIECE_BYTES), async (full, cutBytes) => {
      const bytes = new Uint8Array(Math.max(0, full.length * PIECE_BYTES - cutBytes))
      const starts = full.flatMap((isFull, k) => (isFull && k * PIECE_BYTES < bytes.length ? [k * PIECE_BYTES] : []))
      for (const start of starts) bytes[start] = 1
      const { at, copy } = await written(bytes)
      expect(Buffer.compare(copy, bytes)).toBe(0)
      expect(at).toEqual(starts.filter((start) => !starts.includes(start - PIECE_BYTES)))
    }),
    { numRuns: 40 },
  )
})
