import { describe, expect, test } from 'vitest'
import { PacketSet } from '../../../src/content/packet-set.ts'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { SIGNING_CONTEXT, signBytes } from '../../../src/identity/signed.ts'
import type { Conversation } from '../../../src/link/conversation.ts'
import { digestOf } from '../../../src/seal/digests.ts'
import { decodePacketTable, encodePacketTable } from '../../../src/seal/packet-table-codec.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { PacketFinder } from '../../../src/terminal/packet-finder.ts'
import { Reception } from '../../../src/terminal/reception.ts'
import { BASE_TYPE, COMPRESSION } from '../../../src/wire/codes.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { decodeMessage, encodeMessage, type MessageBody } from '../../../src/wire/messages.ts'
import type { PacketHeader } from '../../../src/wire/packet-header.ts'
import { fromRanges } from '../../../src/wire/packet-ranges.ts'
import { type SealedContent, sealContent } from './sealed-content.ts'

const HANDLE = 5
const noise = (length: number) => seededRandom(4).bytes(length)

/** The receiver's end of a request link, with what was said on it. */
class Requests {
  readonly acks: MessageBody<'ack'>[] = []
  readonly #asked: { base: number; index: number }[] = []
  readonly conversation = {
    send: (name: 'request' | 'ack', body: never) => {
      // The upstream closes the link over a message that does not fit.
      decodeMessage(name, encodeMessage(name, body))
      if (name === 'ack') this.acks.push(body)
      const { base, ranges } = body as MessageBody<'request'>
      if (name === 'request') for (const index of fromRanges(ranges)) this.#asked.push({ base, index })
    },
  } as unknown as Conversation

  /** What was asked for since the last call. */
  asked(base: number = BASE_TYPE.content): number[] {
    const indices = this.#asked.filter((item) => item.base === base).map(({ index }) => index)
    this.#asked.splice(0, this.#asked.length, ...this.#asked.filter((item) => item.base !== base))
    return indices
  }
}

interface Wish {
  readonly stripes?: number
  readonly packetBytes?: number
}

async function receiving(sealed: SealedContent, { stripes = 1, packetBytes }: Wish = {}) {
  const files = createMemoryFiles()
  const file = await files.open('/copy', 'create')
  const content = new StoredContent(file, shapeOf(sealed.manifest))
  const events = { tables: [] as number[], checked: [] as number[], stored: [] as number[], failed: [] as unknown[] }
  const lost: { handle: number; code: string }[] = []
  const reception: Reception = new Reception({
    content,
    finder: new PacketFinder({ content, earlier: undefined, hasTwins: false }),
    sealing: sealed.sealing,
    handle: HANDLE,
    stripes,
    packetBytes: packetBytes ?? sealed.manifest.packetBytes,
    clock: new VirtualClock(),
    verifyTable: sealed.verifyTable,
    events: {
      tableStored: (segment) => events.tables.push(segment),
      packetChecked: (index) => events.checked.push(index),
      packetStored: (index) => events.stored.push(index),
      failed: (error) => events.failed.push(error),
      refused: () => undefined,
      packetReused: () => undefined,
      upstreamFailed: (upstream, error) => {
        lost.push({ handle: upstream.handle, code: error.code })
        reception.loseUpstream(upstream)
      },
    },
  })
  return {
    files,
    content,
    reception,
    events,
    lost,
    upstream(handle = 0, stripe = 0) {
      const requests = new Requests()
      return { requests, upstream: reception.setUpstream(stripe, handle, requests.conversation) }
    },
    /** The packet as an honest upstream sends it, or with something wrong. */
    async packet(index: number, wrong: Partial<PacketHeader> & { sealed?: Uint8Array; from?: number } = {}) {
      const { packets, sealing } = sealed
      const packet = packets[index]
      if (packet === undefined) throw new Error(`there is no packet ${index}`)
      // A copy: what is received is given back once it is stored.
      const bytes = new Uint8Array(wrong.sealed ?? packet.sealed)
      const { plainBytes, compression, sealedDigest } = packet
      reception.packet(
        wrong.from ?? 0,
        {
          ...{ transfer: 1, stripe: index % stripes, base: BASE_TYPE.content, oriented: 1, index, target: HANDLE },
          ...{ plainBytes, sealedBytes: bytes.length, compression, cipher: sealing.cipher },
          checksum: sealedDigest.subarray(0, 16),
          ...wrong,
        },
        bytes,
      )
      await settled()
    },
    table(segment: number, bytes = sealed.content.table(segment) ?? new Uint8Array(0), from = 0) {
      const checksum = digestOf(bytes).subarray(0, 16)
      const lengths = { plainBytes: bytes.length, sealedBytes: bytes.length }
      const kind = { transfer: 1, stripe: 0, base: BASE_TYPE.packetTable, oriented: 0, index: segment, target: HANDLE }
      reception.packet(from, { ...kind, ...lengths, compression: 0, cipher: 0, checksum }, bytes)
    },
  }
}

const settled = () => new Promise((resolve) => setImmediate(resolve))

describe('asking', () => {
  test('begins with tables, and goes on to the packets that they name', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, content } = await receiving(sealed)
    const { requests } = upstream()
    expect(requests.asked(BASE_TYPE.packetTable)).toEqual([0, 1, 2])
    expect(requests.asked()).toEqual([])
    table(0)
    expect(requests.asked()).toEqual([0, 1, 2])
    expect(content.last).toBeDefined()
    expect(requests.asked(BASE_TYPE.packetTable)).toEqual([])
  })

  test('never has more outstanding and unstored than the window, and each packet once', async () => {
    const sealed = await sealContent(noise(1_048_576 + 6_000_000), { packetBytes: 65_536 })
    const { upstream, table, packet, content } = await receiving(sealed)
    const { requests, upstream: above } = upstream()
    for (let segment = 0; segment < sealed.content.segments; segment++) table(segment)
    const asked: number[] = []
    const waiting: number[] = []
    for (;;) {
      const fresh = requests.asked()
      asked.push(...fresh)
      waiting.push(...fresh)
      expect(above.askedBytes).toBeLessThanOrEqual(LIMITS.firstWindowBytes)
      expect(above.asked.size * 65_536).toBe(above.askedBytes)
      const next = waiting.shift()
      if (next === undefined) break
      await packet(next)
    }
    expect(asked).toEqual(sealed.packets.map(({ index }) => index))
    expect(content.complete).toBe(true)
    expect(await content.read(sealed.packets.length - 1)).toEqual(
      sealed.bytes.subarray((sealed.packets.length - 1) * 65_536),
    )
  })

  test('for more scattered packets than one message names leaves none out', async () => {
    const sealed = await sealContent(new Uint8Array(17 * 1_048_576), { stripes: 2 })
    // With packets this small the window holds as many as may be asked for.
    const { upstream, table } = await receiving(sealed, { stripes: 2, packetBytes: 256 })
    upstream()
    for (let segment = 0; segment < sealed.content.segments; segment++) table(segment)
    const { requests, upstream: above } = upstream()
    const asked = requests.asked()
    expect(asked.length).toBe(LIMITS.wantedPackets / 2)
    expect(asked.toSorted()).toEqual([...above.asked.keys()].toSorted())
  })

  test('counts packets that are being stored against the window', async () => {
    const sealed = await sealContent(noise(1_048_576), { packetBytes: 262_144 })
    const { upstream, table, reception } = await receiving(sealed, { packetBytes: 1_048_576 })
    const { requests, upstream: above } = upstream()
    table(0)
    expect(requests.asked()).toEqual([0, 1, 2, 3])
    expect(above.askedBytes).toBe(4 * 1_048_576)
    reception.pump()
    expect(requests.asked()).toEqual([])
  })

  test('goes on with the first packet that an earlier run did not make durable', async () => {
    const sealed = await sealContent(noise(20_000))
    const files = createMemoryFiles()
    const durable = new PacketSet()
    for (const index of [0, 1, 3]) durable.add(index)
    const content = new StoredContent(await files.open('/copy', 'create'), shapeOf(sealed.manifest), durable)
    const ignore = () => undefined
    const events = {
      tableStored: ignore,
      packetChecked: ignore,
      packetStored: ignore,
      failed: ignore,
      refused: ignore,
      packetReused: ignore,
      upstreamFailed: ignore,
    }
    const options = {
      sealing: sealed.sealing,
      handle: HANDLE,
      stripes: 1,
      packetBytes: 4096,
      verifyTable: sealed.verifyTable,
      finder: new PacketFinder({ content, earlier: undefined, hasTwins: false }),
    }
    const reception = new Reception({ content, clock: new VirtualClock(), ...options, events })
    const requests = new Requests()
    reception.setUpstream(0, 0, requests.conversation)
    const bytes = sealed.content.table(0) as Uint8Array
    const header = { transfer: 1, stripe: 0, base: BASE_TYPE.packetTable, oriented: 0, index: 0, target: HANDLE }
    const lengths = { plainBytes: bytes.length, sealedBytes: bytes.length }
    reception.packet(0, { ...header, ...lengths, compression: 0, cipher: 0, checksum: new Uint8Array(16) }, bytes)
    expect(requests.asked()).toEqual([2, 4])
  })
})

describe('a packet', () => {
  const wrongs: [string, (good: Uint8Array) => Partial<PacketHeader> & { sealed?: Uint8Array }][] = [
    ['of other bytes', (good) => ({ sealed: good.with(3, (good[3] as number) ^ 1) })],
    ['that is cut short', (good) => ({ sealed: good.subarray(1) })],
    ['of another plain length', () => ({ plainBytes: 4095 })],
    ['of another compression', () => ({ compression: 2 })],
    ['of another cipher', () => ({ cipher: 2 })],
    ['of another checksum', () => ({ checksum: new Uint8Array(16) })],
  ]
  test.each(wrongs)('%s is counted and asked for again, alone', async (_, wrong) => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, table, packet, events, content, lost } = await receiving(sealed)
    const { requests, upstream: above } = upstream()
    table(0)
    expect(requests.asked()).toEqual([0, 1, 2, 3, 4])
    await packet(2, wrong(sealed.packets[2]?.sealed.slice() ?? new Uint8Array(0)))
    expect(above.refused).toBe(1)
    expect([events.checked, content.held.size, lost]).toEqual([[], 0, []])
    expect(requests.asked()).toEqual([2])
    for (const index of [0, 1, 2, 3, 4]) await packet(index)
    expect(content.complete).toBe(true)
  })

  test('its upstream is left when too many are wrong', async () => {
    const sealed = await sealContent(noise(60_000))
    const { upstream, table, packet, lost } = await receiving(sealed)
    upstream(3)
    table(0, undefined, 3)
    for (let index = 0; index < LIMITS.refusedPackets; index++)
      await packet(index, { from: 3, checksum: new Uint8Array(16) })
    expect(lost).toEqual([{ handle: 3, code: 'E_PACKET_DIGEST' }])
  })

  test('for another terminal is against the rules', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, packet } = await receiving(sealed)
    upstream()
    table(0)
    await expect(packet(0, { target: HANDLE + 1 })).rejects.toMatchObject({ code: 'E_PACKET_TARGET' })
  })

  test('of a base type that nobody asks for is against the rules', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, packet } = await receiving(sealed)
    upstream()
    await expect(packet(0, { base: 4 })).rejects.toMatchObject({ code: 'E_PACKET_HEADER' })
  })

  test('that was not asked for, comes twice, from somebody else or in another stripe is not looked at', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, packet, events, content } = await receiving(sealed)
    const { upstream: above } = upstream()
    await packet(0)
    table(0)
    await packet(0, { from: 9 })
    await packet(0, { stripe: 4 })
    expect(events.checked).toEqual([])
    await packet(0)
    await packet(0)
    await packet(0, { sealed: new Uint8Array(4112) })
    expect([events.stored, above.refused, content.held.size]).toEqual([[0], 0, 1])
  })

  test('is handed on before it is stored, and stored only when it opens to what the table says', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, packet, events } = await receiving(sealed)
    upstream()
    table(0)
    const passing = packet(1)
    expect([events.checked, events.stored]).toEqual([[1], []])
    await passing
    expect(events.stored).toEqual([1])
  })

  /** What becomes of a packet whose table, signed, has another plain digest. */
  async function openedAgainst(bytes: Uint8Array) {
    const sealed = await sealContent(bytes)
    const signed = decodePacketTable(sealed.content.table(0) as Uint8Array, sealed.verifyTable)
    const packets = signed.packets.map((facts) => ({ ...facts, plainDigest: new Uint8Array(32) }))
    const sign = (table: Uint8Array) => signBytes(sealed.main.keys, SIGNING_CONTEXT.packetTable, table).signature
    const { upstream, table, packet, events } = await receiving(sealed)
    upstream()
    table(0, encodePacketTable({ ...signed, packets }, sign))
    await packet(0)
    return { compression: packets[0]?.compression, ...events }
  }

  test('that was compressed and opens to other bytes than its table says ends the delivery', async () => {
    const { compression, stored, failed } = await openedAgainst(new Uint8Array(10_000))
    expect([compression, stored]).toEqual([COMPRESSION.zstd, []])
    expect(failed).toMatchObject([{ code: 'E_PACKET_DIGEST' }])
  })

  test('that was not compressed is stored without a second digest: its sealed one leaves no other bytes', async () => {
    const { compression, stored, failed } = await openedAgainst(noise(10_000))
    expect([compression, stored, failed]).toEqual([COMPRESSION.none, [0], []])
  })

  test('that cannot be stored ends the delivery', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, packet, events, files, content } = await receiving(sealed)
    upstream()
    table(0)
    files.failNext('write', 'ENOSPC')
    await packet(1)
    expect(events.failed).toMatchObject([{ code: 'ENOSPC' }])
    expect([events.stored, content.held.has(1)]).toEqual([[], false])
  })

  test('after a stop changes nothing', async () => {
    const sealed = await sealContent(noise(10_000))
    const { upstream, table, packet, events, reception } = await receiving(sealed)
    upstream()
    table(0)
    const storing = packet(0)
    reception.stop()
    await storing
    await packet(1)
    expect([events.checked, events.stored, events.failed]).toEqual([[0], [], []])
  })
})

describe('when the upstream changes', () => {
  test('what the old one still owed is asked of the new one, and nothing that is stored', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, table, packet, content } = await receiving(sealed)
    const first = upstream(1)
    table(0, undefined, 1)
    await packet(0, { from: 1 })
    await packet(3, { from: 1 })
    const second = upstream(2)
    expect(second.requests.asked().toSorted()).toEqual([1, 2, 4])
    expect(first.upstream.asked.size).toBe(0)
    for (const index of [1, 2, 4]) await packet(index, { from: 2 })
    expect(content.complete).toBe(true)
    expect(second.requests.asked()).toEqual([])
  })

  test('a late packet of the old one is not taken', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, table, packet, events } = await receiving(sealed)
    upstream(1)
    table(0, undefined, 1)
    upstream(2)
    await packet(0, { from: 1 })
    expect(events.checked).toEqual([])
  })

  test('losing it twice, or one that was replaced, is nothing', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, reception } = await receiving(sealed)
    const first = upstream(1).upstream
    const second = upstream(2).upstream
    expect(reception.loseUpstream(first)).toBe(false)
    expect(reception.loseUpstream(second)).toBe(true)
    expect(reception.loseUpstream(second)).toBe(false)
    expect(reception.upstreams()).toEqual([])
  })

  test('in the middle of the tables the new one is asked for the rest of them', async () => {
    const sealed = await sealContent(noise(4_000_000), { packetBytes: 65_536 })
    const { upstream, table } = await receiving(sealed)
    const first = upstream(1)
    table(0, undefined, 1)
    expect(first.requests.asked(BASE_TYPE.packetTable)).toEqual([0, 1, 2, 3])
    const second = upstream(2)
    expect(second.requests.asked(BASE_TYPE.packetTable)).toEqual([1, 2, 3])
  })

  test('one that no longer has what was asked of it is left, and the packets are asked of the next', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, table, reception, lost } = await receiving(sealed)
    const first = upstream(1)
    table(0, undefined, 1)
    reception.notHeld(first.upstream, BASE_TYPE.content, [1, 2, 900, 5])
    expect(lost).toEqual([{ handle: 1, code: 'E_NOT_HELD' }])
    expect(upstream(2).requests.asked().toSorted()).toEqual([0, 1, 2, 3, 4])
  })

  test('one that has no table is left too: it does not serve this terminal', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, reception, lost } = await receiving(sealed)
    reception.notHeld(upstream(1).upstream, BASE_TYPE.packetTable, [0, 3])
    expect(lost).toEqual([{ handle: 1, code: 'E_NOT_HELD' }])
  })

  test('NOT_HELD for what was never asked is nothing, however much it names', async () => {
    const sealed = await sealContent(noise(20_000))
    const { upstream, table, reception, lost } = await receiving(sealed)
    const first = upstream(1)
    table(0, undefined, 1)
    reception.notHeld(first.upstream, BASE_TYPE.content, [100, 0xffffffff])
    expect(lost).toEqual([])
  })
})

describe('stripes', () => {
  test('each asks its own packets of its own upstream, and tables are asked of all', async () => {
    const sealed = await sealContent(noise(28_000), { stripes: 2 })
    const { upstream, table, packet, content } = await receiving(sealed, { stripes: 2 })
    const [even, odd] = [upstream(1, 0), upstream(2, 1)]
    expect([even.requests.asked(BASE_TYPE.packetTable), odd.requests.asked(BASE_TYPE.packetTable)]).toEqual([
      [0, 1, 2],
      [0, 1, 2],
    ])
    table(0, undefined, 1)
    expect([even.requests.asked(), odd.requests.asked()]).toEqual([
      [0, 2, 4, 6],
      [1, 3, 5],
    ])
    await packet(1, { from: 1 })
    expect(content.held.size).toBe(0)
    for (const index of [0, 1, 2, 3, 4, 5, 6]) await packet(index, { from: index % 2 === 0 ? 1 : 2 })
    expect(content.complete).toBe(true)
  })
})

describe('a packet table', () => {
  test('out of order, or twice, is dropped', async () => {
    const sealed = await sealContent(noise(4_000_000), { packetBytes: 65_536 })
    const { upstream, table, events } = await receiving(sealed)
    upstream()
    table(1)
    table(0)
    table(0)
    expect(events.tables).toEqual([0])
  })

  test('that the main server did not sign, is of another transfer, cut short or empty, is against the rules', async () => {
    const sealed = await sealContent(noise(10_000))
    const good = sealed.content.table(0) as Uint8Array
    const other = (await sealContent(noise(10_000), { transfer: 2 })).content.table(0) as Uint8Array
    const { upstream, table, events } = await receiving(sealed)
    upstream()
    const hostile = [
      good.with(50, (good[50] as number) ^ 1),
      good.with(good.length - 1, (good.at(-1) as number) ^ 1),
      good.subarray(1),
      new Uint8Array(0),
      new Uint8Array(good.length),
      other,
    ]
    for (const bytes of hostile) expect(() => table(0, bytes)).toThrow(/packet table/)
    expect(events.tables).toEqual([])
    table(0)
    expect(events.tables).toEqual([0])
  })
})

describe('acknowledging', () => {
  test('happens in batches, each packet once', async () => {
    const sealed = await sealContent(noise(4096 * (LIMITS.packetsPerAck + 2)))
    const { upstream, table, packet, reception } = await receiving(sealed)
    const { requests } = upstream()
    table(0)
    for (let index = 0; index < LIMITS.packetsPerAck + 2; index++) await packet(index)
    expect(requests.acks.map(({ ranges }) => ranges)).toEqual([[0, LIMITS.packetsPerAck]])
    reception.acknowledge()
    reception.acknowledge()
    expect(requests.acks.slice(1)).toMatchObject([{ ranges: [LIMITS.packetsPerAck, 2], durable: false }])
  })
})
