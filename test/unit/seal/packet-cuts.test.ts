import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mostPacketBytes, packetCuts } from '../../../src/seal/packet-cuts.ts'
import { seededRandom } from '../../../src/system/random.ts'
import type { Cut } from '../../../src/wire/codes.ts'

const KIB = 1024
const noise = (length: number, seed = 1) => Buffer.from(seededRandom(seed).bytes(length))

/** The packets of a content. */
function cutAll(content: Uint8Array, cut: Cut, packetBytes: number): Uint8Array[] {
  const { mostBytes, packetAt } = packetCuts(cut, packetBytes)
  const packets: Uint8Array[] = []
  for (let at = 0; at < content.length; ) {
    const packet = content.subarray(at, at + packetAt(content.subarray(at, at + mostBytes)))
    packets.push(packet)
    at += packet.length
  }
  return packets
}

const digests = (packets: readonly Uint8Array[]) =>
  packets.map((packet) => createHash('sha256').update(packet).digest('hex'))

describe('a fixed cut', () => {
  test('makes packets of one length, and a shorter last one', () => {
    expect(cutAll(noise(10_000), 'fixed', 4096).map(({ length }) => length)).toEqual([4096, 4096, 1808])
  })
})

describe('a cut by content', () => {
  test('keeps to its bounds, whatever the bytes are', () => {
    const contents = fc.oneof(
      fc.integer().map((seed) => noise(100_000, seed)),
      fc
        .tuple(fc.integer({ min: 0, max: 255 }), fc.integer({ min: 0, max: 100_000 }))
        .map(([byte, length]) => Buffer.alloc(length, byte)),
      fc.string({ maxLength: 50 }).map((text) => Buffer.alloc(60_000, `x${text}`)),
    )
    fc.assert(
      fc.property(contents, fc.constantFrom(4096, 5000, 16 * KIB), (content, packetBytes) => {
        const packets = cutAll(content, 'content', packetBytes)
        expect(Buffer.concat(packets).equals(content)).toBe(true)
        const most = mostPacketBytes('content', packetBytes)
        for (const [k, { length }] of packets.entries()) {
          expect(length).toBeLessThanOrEqual(most)
          if (k < packets.length - 1) expect(length).toBeGreaterThan(most / 8 - 1)
        }
      }),
      { numRuns: 30 },
    )
  })

  test.each([4096, 16 * KIB, 64 * KIB])('makes packets of about %i bytes', (packetBytes) => {
    const packets = cutAll(noise(300 * packetBytes), 'content', packetBytes)
    expect(packets.length).toBeGreaterThan(200)
    expect(packets.length).toBeLessThan(330)
  })

  test('never makes a packet longer than one may be', () => {
    expect(mostPacketBytes('content', 1024 * KIB)).toBe(1024 * KIB)
    expect(mostPacketBytes('content', 16 * KIB)).toBe(32 * KIB)
  })

  test('falls where it fell before, but beside what was inserted, removed or changed', () => {
    const edits = fc.record({
      seed: fc.integer(),
      at: fc.integer({ min: 0, max: 400_000 }),
      removed: fc.integer({ min: 0, max: 3000 }),
      inserted: fc.integer({ min: 0, max: 3000 }),
    })
    fc.assert(
      fc.property(edits, ({ seed, at, removed, inserted }) => {
        const old = noise(400_000, seed)
        const edited = Buffer.concat([old.subarray(0, at), noise(inserted, seed + 1), old.subarray(at + removed)])
        const known = new Set(digests(cutAll(old, 'content', 4096)))
        const changed = digests(cutAll(edited, 'content', 4096)).filter((digest) => !known.has(digest))
        // Of about a hundred in all. Where the cuts meet again is chance, most often behind two or three; so late, they never would.
        expect(changed.length).toBeLessThan(40)
      }),
      { numRuns: 40 },
    )
  })

  test('is the one that the protocol describes', () => {
    const lengths = cutAll(noise(60_000), 'content', 4096).map(({ length }) => length)
    expect(lengths).toEqual([4073, 6119, 5168, 5960, 4819, 4312, 5246, 4759, 4519, 5242, 4300, 3486, 1997])
  })
})
