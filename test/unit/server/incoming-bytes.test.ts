import { describe, expect, test } from 'vitest'
import { IncomingBytes } from '../../../src/server/incoming-bytes.ts'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'

const there = seededRandom(3).bytes(5000)

async function incoming(options: { twin?: Uint8Array; files?: MemoryFiles; makeSpace?: () => Promise<boolean> } = {}) {
  const { twin = there, files = createMemoryFiles(), makeSpace = async () => false } = options
  const file = await files.open('/twin', 'create')
  await file.write(0, twin)
  const own = await files.open('/own', 'create')
  const parted: number[] = []
  const bytes = new IncomingBytes({
    own,
    twin: { digest: 'd', bytes: twin.length, file },
    parted: async () => void parted.push(1),
    makeSpace,
  })
  const written = async () => (await files.stat('/own'))?.bytes
  return { bytes, written, parted, files }
}

async function write(bytes: IncomingBytes, content: Uint8Array, packetBytes = 700): Promise<void> {
  for (let at = 0; at < content.length; at += packetBytes) await bytes.write(at, content.slice(at, at + packetBytes))
}

describe('a content that comes in', () => {
  test('is not written while it is the same as the one that is there, and reads as what was pushed', async () => {
    const { bytes, written, parted } = await incoming()
    await write(bytes, there)
    expect([await written(), bytes.sharesTwin, parted]).toEqual([0, true, []])
    expect(bytes.twinAt(5000)?.digest).toBe('d')
    expect(await bytes.read(100, 50)).toEqual(there.subarray(100, 150))
  })

  test.each([
    ['in the first byte', (content: Uint8Array) => content.with(0, (content[0] ?? 0) ^ 1)],
    ['in the last byte', (content: Uint8Array) => content.with(4999, (content[4999] ?? 0) ^ 1)],
    ['by being longer', (content: Uint8Array) => Uint8Array.of(...content, 7)],
    ['by zeros at its end', (content: Uint8Array) => Uint8Array.of(...content, 0, 0, 0)],
  ])('is written whole when it differs %s', async (_, change) => {
    const { bytes, parted } = await incoming()
    const content = change(there)
    await write(bytes, content)
    expect([bytes.twinAt(content.length), bytes.sharesTwin, parted]).toEqual([undefined, false, [1]])
    const read = await bytes.read(0, content.length)
    expect(read).toEqual(content.subarray(0, read.length))
    expect(content.subarray(read.length).every((byte) => byte === 0)).toBe(true)
  })

  test('is another content when it ends before the one that is there', async () => {
    const { bytes } = await incoming()
    await write(bytes, there.subarray(0, 4000))
    expect(bytes.twinAt(4000)).toBeUndefined()
    await bytes.part()
    expect(await bytes.read(0, 5000)).toEqual(there.subarray(0, 4000))
  })

  test('takes what a content that ends in a hole has not got on the disk for zeros', async () => {
    const { bytes, written } = await incoming({ twin: new Uint8Array(5000).fill(1, 0, 3000) })
    await write(bytes, new Uint8Array(5000).fill(1, 0, 3000))
    expect([bytes.twinAt(5000)?.digest, await written()]).toEqual(['d', 0])
  })

  test('makes others go when the disk is full, and fails when there are none', async () => {
    const files = createMemoryFiles()
    let asked = 0
    const { bytes } = await incoming({
      files,
      makeSpace: async () => {
        files.setCapacity(100_000)
        return ++asked === 1
      },
    })
    files.setCapacity(6000)
    await write(bytes, seededRandom(9).bytes(5000))
    expect([asked, bytes.sharesTwin]).toEqual([1, false])
    files.setCapacity(10_500)
    await expect(bytes.write(5000, seededRandom(9).bytes(5000))).rejects.toMatchObject({ code: 'ENOSPC' })
  })
})
