import { describe, expect, test } from 'vitest'
import { SharedBytes } from '../../../src/system/packet-memory.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { Preparation } from '../../../src/terminal/preparation.ts'
import { WantedPackets } from '../../../src/terminal/wanted-packets.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { emptyCopy, sealContent } from './sealed-content.ts'

const bytes = seededRandom(9).bytes(20_000)
const packet = (index: number) => ({ base: BASE_TYPE.content, index })

async function preparationOf(windowBytes = 1e6) {
  const sealed = await sealContent(bytes)
  const { content, file } = await emptyCopy(sealed)
  const preparation = new Preparation({ content, sealing: sealed.sealing, windowBytes })
  const child = new WantedPackets(LIMITS.wantedPackets)
  preparation.addChild(child)
  const plain = (index: number) => bytes.subarray(4096 * index, 4096 * (index + 1))
  const sealedBytes = (index: number) => sealed.packets[index]?.sealed as Uint8Array
  const shared = (index: number) => new SharedBytes(new Uint8Array(sealedBytes(index)))
  return { sealed, content, file, preparation, child, plain, sealedBytes, shared }
}

describe('a packet that a child asks for', () => {
  test('is ready at once when it is held', async () => {
    const { preparation, child, content, plain } = await preparationOf()
    await content.write(1, plain(1))
    expect(preparation.want(child, BASE_TYPE.content, [0, 3])).toBe(true)
    expect([child.take(), child.take()]).toEqual([packet(1), undefined])
    expect(child.size).toBe(2)
  })

  test('is waited for when it is not, and given on as the very bytes that came', async () => {
    const { preparation, child, shared } = await preparationOf()
    const came = shared(2)
    preparation.want(child, BASE_TYPE.content, [2, 1])
    expect(preparation.packetArrived(0, shared(0))).toEqual([])
    expect(preparation.packetArrived(2, came)).toEqual([child])
    const prepared = await preparation.prepare(packet(2))
    expect(prepared?.sealed).toBe(came)
    expect(prepared?.plainBytes).toBe(4096)
  })

  test('that came in before it was asked for, and is not stored yet, is ready once it is stored', async () => {
    const { preparation, child, shared, content, plain } = await preparationOf(0)
    preparation.packetArrived(0, shared(0))
    preparation.want(child, BASE_TYPE.content, [0, 1])
    expect(child.take()).toBeUndefined()
    await content.write(0, plain(0))
    expect(preparation.packetStored(0)).toEqual([child])
    expect(child.take()).toEqual(packet(0))
  })

  test('that has left the window is sealed again to the original bytes', async () => {
    const { preparation, content, plain, sealedBytes } = await preparationOf(0)
    for (const index of [0, 4]) {
      await content.write(index, plain(index))
      const prepared = await preparation.prepare(packet(index))
      expect(prepared?.sealed.bytes).toEqual(sealedBytes(index))
    }
  })

  test('that was sealed again for one child is kept a while for the others, who lag behind as well', async () => {
    const { preparation, content, plain } = await preparationOf(20_000)
    await content.write(0, plain(0))
    const first = await preparation.prepare(packet(0))
    expect((await preparation.prepare(packet(0)))?.sealed).toBe(first?.sealed)
    expect(preparation.windowBytes).toBe(first?.sealed.bytes.length)
  })

  test('stays whole for the child it was prepared for, though the window lets it go', async () => {
    const { preparation, child, shared, sealedBytes } = await preparationOf()
    const came = shared(0)
    preparation.packetArrived(0, came)
    came.letGo()
    const prepared = await preparation.prepare(packet(0))
    preparation.removeChild(child)
    expect(prepared?.sealed.bytes).toEqual(sealedBytes(0))
    prepared?.sealed.letGo()
    expect(prepared?.sealed.bytes).toHaveLength(0)
  })

  test('whose plain bytes have changed on the disk is not held: other bytes never go out under its nonce', async () => {
    const { preparation, content, plain, file } = await preparationOf(0)
    await content.write(0, plain(0))
    await file.write(17, Uint8Array.of((plain(0)[17] as number) ^ 1))
    expect(await preparation.prepare(packet(0))).toBeUndefined()
  })

  test('that nobody has or that no table names cannot be prepared', async () => {
    const { preparation } = await preparationOf()
    expect(await preparation.prepare(packet(0))).toBeUndefined()
    expect(await preparation.prepare(packet(99))).toBeUndefined()
    expect(await preparation.prepare({ base: BASE_TYPE.packetTable, index: 9 })).toBeUndefined()
  })
})

describe('a child that asks only for what is held', () => {
  test('hears what is not', async () => {
    const { preparation, child, content, plain } = await preparationOf()
    await content.write(1, plain(1))
    expect(preparation.wantIfHeld(child, BASE_TYPE.content, [0, 3])).toEqual([0, 2])
    expect(child.take()).toEqual(packet(1))
    expect(child.size).toBe(0)
  })

  test('costs no more than a bound, whatever it asks for', async () => {
    const { preparation, child } = await preparationOf()
    expect(preparation.wantIfHeld(child, BASE_TYPE.content, [0, 0xffffffff])).toBeUndefined()
  })
})

test('a child may want so many packets and no more', async () => {
  const { preparation, child } = await preparationOf()
  expect(preparation.want(child, BASE_TYPE.content, [0, LIMITS.wantedPackets])).toBe(true)
  expect(preparation.want(child, BASE_TYPE.content, [LIMITS.wantedPackets, 1])).toBe(false)
  const greedy = new WantedPackets(LIMITS.wantedPackets)
  expect(preparation.want(greedy, BASE_TYPE.content, [0, 0xffffffff])).toBe(false)
  expect(greedy.size).toBe(LIMITS.wantedPackets)
})

test('a table goes out as the main server signed it, and who waits for one is told of it', async () => {
  const { sealed, preparation, child } = await preparationOf()
  preparation.want(child, BASE_TYPE.packetTable, [0, 2])
  expect(child.take()).toEqual({ base: BASE_TYPE.packetTable, index: 0 })
  expect(preparation.tableArrived(1)).toEqual([child])
  const prepared = await preparation.prepare({ base: BASE_TYPE.packetTable, index: 0 })
  expect(prepared?.sealed.bytes).toEqual(sealed.content.table(0))
})

test('no sealed bytes are kept for nobody', async () => {
  const { preparation, child, shared } = await preparationOf()
  preparation.packetArrived(0, shared(0))
  expect(preparation.windowBytes).toBeGreaterThan(0)
  preparation.removeChild(child)
  expect(preparation.windowBytes).toBe(0)
  preparation.packetArrived(1, shared(1))
  expect(preparation.windowBytes).toBe(0)
})
