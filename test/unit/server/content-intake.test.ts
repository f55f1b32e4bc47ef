import { expect, test } from 'vitest'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { createMember } from '../../support/cluster/member.ts'
import { openLibrary, signTransfer, type TransferWish } from '../../support/cluster/signed-transfer.ts'

async function library(wish: Partial<TransferWish> = {}) {
  const random = seededRandom(6)
  const main = createMember('main', random)
  const signed = signTransfer(main, { transfer: 1, ...wish }, random)
  const ready: [segment: number, packets: number][] = []
  const file = await createMemoryFiles().open('/library', 'create')
  const segmentReady = (segment: number, packets: readonly unknown[]) => void ready.push([segment, packets.length])
  return { ...openLibrary({ main, signed, file, segmentReady }), ready }
}

test('every packet can be served when the bytes end, and the content is complete only once that is released', async () => {
  const { content, intake, ready } = await library()
  await intake.add(seededRandom(1).bytes(10_000))
  const closing = await intake.end()
  expect(ready).toEqual([[0, content.knownPackets]])
  expect([content.heldBytes, content.complete, content.table(1)]).toEqual([10_000, false, undefined])
  closing.release()
  expect(ready).toEqual([ready[0], [1, 0]])
  expect([content.complete, content.table(1)]).toEqual([true, closing.signed])
  expect(content.last?.last).toEqual({ contentBytes: 10_000, contentDigest: closing.contentDigest })
})

test('a content without bytes has no other table than the closing one', async () => {
  const { content, intake, ready } = await library()
  const closing = await intake.end()
  expect([ready, content.segments]).toEqual([[], 0])
  closing.release()
  expect([ready, content.complete, content.knownPackets]).toEqual([[[0, 0]], true, 0])
})

test('a content that is cut by its bytes is cut alike however they come, and no packet reaches beyond the entry list', async () => {
  const bytes = seededRandom(1).bytes(200_000)
  const lengths = async (pieceBytes: number, list: number) => {
    const tops = [{ destination: 'a', kind: 'file' as const }]
    const entryList = list === 0 ? null : { bytes: list, digest: new Uint8Array(32), entries: 1, tops }
    const { content, intake } = await library({ cut: 'content', entryList })
    for (let at = 0; at < bytes.length; at += pieceBytes) await intake.add(bytes.subarray(at, at + pieceBytes))
    await intake.end()
    return Array.from({ length: content.knownPackets }, (_, index) => content.place(index)?.facts.plainBytes ?? 0)
  }
  const whole = await lengths(bytes.length, 0)
  expect(whole.reduce((sum, length) => sum + length)).toBe(bytes.length)
  expect(new Set(whole).size).toBeGreaterThan(10)
  expect(await lengths(777, 0)).toEqual(whole)
  const listed = await lengths(10_000, 30_001)
  let end = 0
  expect(listed.map((length) => (end += length))).toContain(30_001)
  // The cuts behind the list are those of the files' bytes, wherever they begin.
  expect(listed.slice(-10)).toEqual(whole.slice(-10))
})
