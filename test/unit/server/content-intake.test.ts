import { expect, test } from 'vitest'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { createMember } from '../../support/cluster/member.ts'
import { openLibrary, signTransfer } from '../../support/cluster/signed-transfer.ts'

async function library() {
  const random = seededRandom(6)
  const main = createMember('main', random)
  const signed = signTransfer(main, { transfer: 1 }, random)
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
