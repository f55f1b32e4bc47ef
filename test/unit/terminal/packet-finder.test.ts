import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/system/random.ts'
import type { EarlierContent } from '../../../src/terminal/earlier-content.ts'
import { PacketFinder } from '../../../src/terminal/packet-finder.ts'
import { emptyCopy, sealContent } from './sealed-content.ts'

const PACKET_BYTES = 4096
const A = seededRandom(1).bytes(PACKET_BYTES)
const B = seededRandom(2).bytes(PACKET_BYTES)

/** Of a content whose packets are A, B, A, A. */
async function finderOf({ hasTwins = true, earlier }: { hasTwins?: boolean; earlier?: EarlierContent } = {}) {
  const sealed = await sealContent(new Uint8Array(Buffer.concat([A, B, A, A])))
  const { content } = await emptyCopy(sealed)
  return { content, finder: new PacketFinder({ content, earlier, hasTwins }) }
}

describe('a packet of the same bytes as an earlier one', () => {
  test('is awaited while that one is fetched, and found with it', async () => {
    const { finder } = await finderOf()
    for (const index of [0, 1, 2, 3]) expect(await finder.find(index)).toBeUndefined()
    expect([0, 1, 2, 3].filter((index) => finder.awaits(index))).toEqual([2, 3])
    expect(finder.stored(1)).toEqual([])
    expect(finder.stored(0)).toEqual([2, 3])
    expect(finder.awaits(2)).toBe(false)
    expect(finder.stored(0)).toEqual([])
  })

  test('is found at once when that one is held', async () => {
    const { finder, content } = await finderOf()
    await content.write(0, A)
    finder.note(0)
    expect(await finder.find(1)).toBeUndefined()
    expect(await finder.find(2)).toEqual(A)
  })

  test('is fetched like any other where cuts are fixed', async () => {
    const { finder } = await finderOf({ hasTwins: false })
    expect(finder.looks).toBe(false)
    for (const index of [0, 1, 2]) await finder.find(index)
    expect(finder.awaits(2)).toBe(false)
  })
})

test('what lies at the destination is looked through, and closed', async () => {
  const calls: string[] = []
  const earlier = {
    isOpen: true,
    find: async () => {
      calls.push('find')
      return B
    },
    close: async () => void calls.push('close'),
  } as unknown as EarlierContent
  const { finder } = await finderOf({ earlier, hasTwins: false })
  expect(finder.looks).toBe(true)
  expect(await finder.find(1)).toEqual(B)
  await finder.close()
  expect(calls).toEqual(['find', 'close'])
})
