import { beforeEach, describe, expect, test } from 'vitest'
import { PacketSet } from '../../../src/content/packet-set.ts'
import { StoredContent } from '../../../src/content/stored-content.ts'
import { digestOf } from '../../../src/seal/digests.ts'
import type { PacketTable } from '../../../src/seal/packet-table.ts'
import type { OpenFile } from '../../../src/system/files.ts'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'

let files: MemoryFiles
let file: OpenFile
let content: StoredContent

beforeEach(async () => {
  files = createMemoryFiles()
  file = await files.open('/content', 'create')
  content = new StoredContent(file, SHAPE)
})

const SHAPE = { entryListBytes: 0, mostPacketBytes: 1000 }
const SIGNED = Uint8Array.of(1, 2, 3)

function table(
  segment: number,
  firstPacket: number,
  bytesBefore: number,
  lengths: number[],
  last = false,
): PacketTable {
  const packets = lengths.map((plainBytes) => ({
    plainBytes,
    sealedBytes: plainBytes + 16,
    compression: 0 as const,
    plainDigest: digestOf(new Uint8Array(plainBytes)),
    sealedDigest: digestOf(new Uint8Array(plainBytes)),
  }))
  const contentBytes = lengths.reduce((sum, bytes) => sum + bytes, bytesBefore)
  const end = last ? { contentBytes, contentDigest: new Uint8Array(32) } : undefined
  return { baseType: 1, transfer: 1, segment, firstPacket, bytesBefore, packets, last: end }
}

const bytesOf = (length: number, value: number) => new Uint8Array(length).fill(value)

describe('tables', () => {
  test('are taken in order, and say where each packet lies', () => {
    expect(content.addTable(table(0, 0, 0, [10, 10]), SIGNED)).toBeUndefined()
    expect(content.addTable(table(1, 2, 20, [10, 3], true), SIGNED)).toBeUndefined()
    expect([0, 1, 2, 3].map((index) => content.place(index)?.offset)).toEqual([0, 10, 20, 30])
    expect(content.place(4)).toBeUndefined()
    expect([content.segments, content.knownPackets]).toEqual([2, 4])
    expect(content.table(1)).toBe(SIGNED)
  })

  test.each([
    ['a later segment', table(1, 2, 20, [10])],
    ['a first packet that leaves a gap', table(0, 1, 0, [10])],
    ['bytes before the first', table(0, 0, 5, [10])],
  ])('%s is not the next', (_, wrong) => {
    expect(content.addTable(wrong, SIGNED)).toBe('not the next')
    expect([content.segments, content.knownPackets]).toEqual([0, 0])
  })

  test('one that comes twice, or does not join on, is not the next', () => {
    content.addTable(table(0, 0, 0, [10, 10]), SIGNED)
    expect(content.addTable(table(0, 0, 0, [10, 10]), SIGNED)).toBe('not the next')
    expect(content.addTable(table(1, 2, 19, [10]), SIGNED)).toBe('not the next')
    expect(content.addTable(table(1, 3, 20, [10]), SIGNED)).toBe('not the next')
  })

  test('nothing comes behind the last', () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    expect(content.addTable(table(1, 1, 10, [10]), SIGNED)).toBe('behind the last')
  })
})

describe('packets', () => {
  test('are held once written, whatever their order, with a last one of its own length', async () => {
    content.addTable(table(0, 0, 0, [10, 10, 3], true), SIGNED)
    for (const [index, length] of [
      [2, 3],
      [0, 10],
      [1, 10],
    ] as const) {
      expect(content.complete).toBe(false)
      await content.write(index, bytesOf(length, index + 1))
    }
    expect(content.complete).toBe(true)
    expect(content.heldBytes).toBe(23)
    expect(await content.read(2)).toEqual(bytesOf(3, 3))
    expect((await file.stat()).bytes).toBe(23)
  })

  test('are not held while they are being written', async () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    const writing = content.write(0, bytesOf(10, 1))
    expect(content.held.has(0)).toBe(false)
    await writing
    expect(content.held.has(0)).toBe(true)
  })

  test('are not held when writing failed', async () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    files.failNext('write', 'ENOSPC')
    await expect(content.write(0, bytesOf(10, 1))).rejects.toMatchObject({ code: 'ENOSPC' })
    expect([content.held.has(0), content.heldBytes]).toEqual([false, 0])
  })

  test('count once when they are written twice at the same time', async () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    await Promise.all([content.write(0, bytesOf(10, 1)), content.write(0, bytesOf(10, 1))])
    expect(content.heldBytes).toBe(10)
  })

  test('of another length, unknown ones, and reading what is not held break an invariant', async () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    await expect(content.write(0, bytesOf(9, 1))).rejects.toMatchObject({ code: 'E_BROKEN_INVARIANT' })
    await expect(content.write(1, bytesOf(10, 1))).rejects.toMatchObject({ code: 'E_BROKEN_INVARIANT' })
    await expect(content.read(0)).rejects.toMatchObject({ code: 'E_BROKEN_INVARIANT' })
  })

  test('an empty content is complete with its only table, and durable after a sync', async () => {
    expect([content.complete, content.durable]).toEqual([false, false])
    content.addTable(table(0, 0, 0, [], true), SIGNED)
    expect(content.complete).toBe(true)
    await content.sync()
    expect(content.durable).toBe(true)
  })
})

describe('durability', () => {
  test('a packet is durable only by a sync that began after it was written', async () => {
    content.addTable(table(0, 0, 0, [10, 10], true), SIGNED)
    await content.write(0, bytesOf(10, 1))
    const syncing = content.sync()
    await content.write(1, bytesOf(10, 2))
    const covered = new PacketSet(await syncing)
    expect([covered.has(0), covered.has(1)]).toEqual([true, false])
    expect([content.complete, content.durable]).toEqual([true, false])
    await content.sync()
    expect(content.durable).toBe(true)
  })

  test('a sync that fails makes nothing durable', async () => {
    content.addTable(table(0, 0, 0, [10], true), SIGNED)
    await content.write(0, bytesOf(10, 1))
    files.failNext('sync', 'EIO')
    await expect(content.sync()).rejects.toMatchObject({ code: 'EIO' })
    expect(content.durable).toBe(false)
  })

  test('a table with a packet that is longer than the content may have is refused', () => {
    expect(content.addTable(table(0, 0, 0, [10, 1001], true), SIGNED)).toBe('too long packets')
    expect(content.addTable(table(0, 0, 0, [10, 1000], true), SIGNED)).toBeUndefined()
  })

  test('what an earlier run made durable is held as soon as its table is there', async () => {
    const durable = new PacketSet()
    durable.add(1)
    const resumed = new StoredContent(file, SHAPE, durable)
    resumed.addTable(table(0, 0, 0, [10, 7], true), SIGNED)
    expect(resumed.heldBytes).toBe(7)
    await resumed.write(0, bytesOf(10, 1))
    expect([resumed.complete, resumed.durable]).toEqual([true, false])
  })
})
