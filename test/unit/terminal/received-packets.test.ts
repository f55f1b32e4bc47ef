import { describe, expect, test, vi } from 'vitest'
import { codeOf } from '../../../src/system/errors.ts'
import { OwnContent } from '../../../src/terminal/own-content.ts'
import { PacketFinder } from '../../../src/terminal/packet-finder.ts'
import { ReceivedPackets } from '../../../src/terminal/received-packets.ts'
import { BASE_TYPE, ORIENTED_TYPE } from '../../../src/wire/codes.ts'
import type { PacketHeader } from '../../../src/wire/packet-header.ts'
import { emptyCopy, type SealedContent, sealContent } from './sealed-content.ts'

const THREE_PACKETS = Uint8Array.from({ length: 10_000 }, (_, k) => k >> 8)
const settled = () => new Promise((resolve) => setImmediate(resolve))

/** A terminal with nothing of a sealed content, and what its module told, in order. */
async function receiving(sealed: SealedContent, { hasTwins = false } = {}) {
  const { content, files } = await emptyCopy(sealed, 0)
  const told: string[] = []
  const received: ReceivedPackets = new ReceivedPackets({
    content,
    sealing: sealed.sealing,
    verifyTable: sealed.verifyTable,
    finder: new PacketFinder({ content, earlier: undefined, hasTwins }),
    events: {
      tableStored: (segment) => told.push(`table ${segment}`),
      passed: (index) => told.push(`passed ${index}`),
      packetChecked: (index) => told.push(`checked ${index}`),
      packetStored: (index) => told.push(`stored ${index}`),
      packetReused: (index) => told.push(`reused ${index}`),
      refused: () => told.push('refused'),
      ready: () => told.push(`ready, storing ${received.storingBytes}`),
      failed: (error) => told.push(`failed: ${codeOf(error)}`),
    },
  })
  return {
    ...{ content, files, told, received },
    table: () => received.takeTable(sealed.content.table(0)?.slice() ?? new Uint8Array(0)),
    /** The packet as an honest peer sends it, or with something wrong. */
    packet(index: number, wrong: Partial<PacketHeader> = {}) {
      const packet = sealed.packets[index]
      if (packet === undefined) throw new Error(`there is no packet ${index}`)
      const { plainBytes, compression, sealedDigest } = packet
      // A copy: what is received is given back once it is stored.
      const bytes = packet.sealed.slice()
      const header = {
        ...{ transfer: 1, stripe: 0, base: BASE_TYPE.content, oriented: ORIENTED_TYPE.file, index, target: 1 },
        ...{ plainBytes, sealedBytes: bytes.length, compression, cipher: sealed.sealing.cipher },
        checksum: sealedDigest.subarray(0, 16),
      }
      return received.takePacket({ ...header, ...wrong }, bytes)
    },
    whole: () => ({ tables: [...sealed.content.tables()], packets: sealed.packets.map((packet) => packet.sealed) }),
  }
}

describe('a packet', () => {
  test('that is good is passed on at once, and counts as being stored until it is held', async () => {
    const { received, told, table, packet, content } = await receiving(await sealContent(THREE_PACKETS))
    table()
    expect(told.splice(0)).toEqual(['table 0', 'ready, storing 0'])
    expect(packet(1)).toBe('taken')
    expect([received.has(1), received.has(0), content.held.has(1), received.storingBytes]).toEqual([
      ...[true, false, false],
      4096,
    ])
    expect(told.splice(0)).toEqual(['passed 1', 'checked 1'])
    await settled()
    expect([content.held.has(1), told]).toEqual([true, ['stored 1', 'ready, storing 0']])
  })

  test('that is here, or on its way to the disk, is not stored again', async () => {
    const { told, table, packet } = await receiving(await sealContent(THREE_PACKETS))
    table()
    packet(1)
    expect(packet(1)).toBe('here')
    await settled()
    expect(packet(1)).toBe('here')
    await settled()
    expect(told.filter((what) => what === 'stored 1')).toEqual(['stored 1'])
  })

  test('that is not as signed, or that no table describes, is refused and goes nowhere', async () => {
    const { told, table, packet, received } = await receiving(await sealContent(THREE_PACKETS))
    expect(packet(0)).toBe('refused')
    table()
    told.splice(0)
    expect([packet(0, { plainBytes: 1 }), packet(0, { index: 1 })]).toEqual(['refused', 'refused'])
    await settled()
    expect([told, received.has(0)]).toEqual([['refused', 'refused'], false])
  })

  test('brings with it every packet of the same bytes', async () => {
    const sealed = await sealContent(new Uint8Array(3 * 4096))
    const { told, table, packet, received, content } = await receiving(sealed, { hasTwins: true })
    table()
    await settled()
    expect([received.has(0), received.has(1), received.has(2)]).toEqual([false, true, true])
    told.splice(0)
    packet(0)
    await settled()
    expect(told).toEqual(['passed 0', 'checked 0', 'reused 1', 'reused 2', 'stored 0', 'ready, storing 0'])
    expect(content.complete).toBe(true)
  })

  test('that cannot be stored ends the delivery, and after a stop nothing is told', async () => {
    const { told, table, packet, received, files } = await receiving(await sealContent(THREE_PACKETS))
    table()
    files.failNext('write', 'ENOSPC')
    packet(0)
    await settled()
    expect([told.at(-1), received.has(0)]).toEqual(['failed: ENOSPC', false])
    packet(1)
    received.stop()
    told.splice(0)
    await settled()
    expect(told).toEqual([])
  })
})

describe('a content that this terminal turns out to have itself', () => {
  async function here(own: Uint8Array, { hasTwins = false } = {}) {
    const world = await receiving(await sealContent(THREE_PACKETS), { hasTwins })
    world.table()
    await settled()
    const at = (from: number, length: number) => own.slice(from, from + length)
    const lookIn = () =>
      world.received.lookIn(new OwnContent({ read: async (from, length) => at(from, length), close: async () => {} }))
    return { ...world, lookIn }
  }

  test('is read from there, but for what is held or on its way to the disk', async () => {
    const { told, packet, content, lookIn } = await here(THREE_PACKETS)
    packet(0)
    await settled()
    packet(1)
    lookIn()
    await vi.waitFor(() => expect(content.complete).toBe(true))
    expect(told.filter((what) => /stored|reused/.test(what)).sort()).toEqual(['reused 2', 'stored 0', 'stored 1'])
  })

  test('is asked of others where it has changed', async () => {
    const changed = THREE_PACKETS.slice()
    changed[5000] = 7
    const { told, packet, content, lookIn, received } = await here(changed)
    lookIn()
    await vi.waitFor(() => expect(told).toContain('reused 2'))
    expect([received.has(0), received.has(1)]).toEqual([true, false])
    packet(1)
    await vi.waitFor(() => expect(content.complete).toBe(true))
  })
})

describe('a whole content', () => {
  test('is taken but for what is here', async () => {
    const { told, table, packet, received, content, whole } = await receiving(await sealContent(THREE_PACKETS))
    table()
    packet(2)
    await settled()
    told.splice(0)
    expect(received.takeWhole(whole())).toBe(true)
    await settled()
    expect(told.filter((what) => what.startsWith('stored') || what.startsWith('table'))).toEqual([
      'stored 0',
      'stored 1',
    ])
    expect(content.complete).toBe(true)
  })

  test('loses what is damaged, or more than its tables describe, and keeps the rest', async () => {
    const { told, received, content, whole } = await receiving(await sealContent(THREE_PACKETS))
    const { tables, packets } = whole()
    expect(received.takeWhole({ tables, packets: [...packets.with(1, new Uint8Array(9)), new Uint8Array(9)] })).toBe(
      false,
    )
    await settled()
    expect(told.filter((what) => what === 'refused').length).toBe(2)
    expect([0, 1, 2].map((index) => content.held.has(index))).toEqual([true, false, true])
  })

  test('with a table of another transfer is against the rules', async () => {
    const { received, told, whole } = await receiving(await sealContent(THREE_PACKETS))
    const other = await sealContent(THREE_PACKETS, { transfer: 2 })
    expect(() => received.takeWhole({ ...whole(), tables: other.content.tables() as Uint8Array[] })).toThrow(
      'packet table 0 belongs elsewhere',
    )
    expect(told).toEqual([])
  })
})
