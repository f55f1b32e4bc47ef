import { mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import type { PacketPlace } from '../../../src/content/stored-content.ts'
import { digestOf } from '../../../src/seal/digests.ts'
import { packetCuts } from '../../../src/seal/packet-cuts.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { systemFiles } from '../../../src/system/real-files.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { earlierContent } from '../../../src/terminal/earlier-content.ts'
import { BASE_TYPE, type Cut } from '../../../src/wire/codes.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const PACKET_BYTES = 4096
const noise = (length: number, seed = 1) => Buffer.from(seededRandom(seed).bytes(length))

/** The place of a packet that holds `plain` at `offset`. */
function placeOf(plain: Uint8Array, offset: number, baseType: number = BASE_TYPE.content): PacketPlace {
  const facts = { plainBytes: plain.length, plainDigest: digestOf(plain) }
  return { offset, facts, types: { baseType } } as unknown as PacketPlace
}

/** The packets of a new content, in order. */
function packetsOf(content: Uint8Array): { plain: Uint8Array; place: PacketPlace }[] {
  const { mostBytes, packetAt } = packetCuts('content', PACKET_BYTES)
  const packets = []
  for (let at = 0; at < content.length; ) {
    const plain = content.subarray(at, at + packetAt(content.subarray(at, at + mostBytes)))
    packets.push({ plain, place: placeOf(plain, at) })
    at += plain.length
  }
  return packets
}

interface Wish {
  readonly cut?: Cut
  /** The content is a folder with a list of so many bytes. */
  readonly listBytes?: number
}

/** What is found of a folder's files, or of one file. */
async function earlierOf(there: Uint8Array | Record<string, Uint8Array>, { cut = 'content', listBytes }: Wish = {}) {
  const folder = temporaryFolder()
  if (there instanceof Uint8Array) writeFileSync(join(folder, 'top'), there)
  else {
    for (const [path, bytes] of Object.entries(there)) {
      mkdirSync(join(folder, 'top', path, '..'), { recursive: true })
      writeFileSync(join(folder, 'top', path), bytes)
    }
  }
  const tops = [{ destination: 'top', kind: 'folder' as const }]
  const entryList = listBytes === undefined ? null : { bytes: listBytes, digest: new Uint8Array(32), entries: 1, tops }
  const manifest = { destination: 'top', entryList, cut, packetBytes: PACKET_BYTES }
  const means = { files: systemFiles, inbox: { folder, staging: folder }, clock: new VirtualClock() }
  const earlier = earlierContent(means, manifest)
  onTestFinished(() => earlier.close())
  return { earlier, folder }
}

/** How many bytes of `content` are not found. */
async function missedBytes(earlier: Awaited<ReturnType<typeof earlierOf>>['earlier'], content: Uint8Array) {
  let missed = 0
  for (const { plain, place } of packetsOf(content)) {
    const found = await earlier.find(place)
    if (found === undefined) missed += plain.length
    else expect(Buffer.compare(found, plain)).toBe(0)
  }
  return missed
}

describe('what lies at the destination', () => {
  test('gives the packets that are the same bytes at the same place, whatever the cut', async () => {
    const { earlier } = await earlierOf(Buffer.from('abcdefgh'), { cut: 'fixed' })
    const find = (plain: string, offset: number) => earlier.find(placeOf(Buffer.from(plain), offset))
    expect(await find('abcd', 0)).toEqual(new Uint8Array(Buffer.from('abcd')))
    expect(await find('efXh', 4)).toBeUndefined()
    expect(await find('efgh', 4)).toEqual(new Uint8Array(Buffer.from('efgh')))
    expect(await find('ghij', 6)).toBeUndefined()
    expect(await find('zzzz', 100)).toBeUndefined()
  })

  test('of a fixed cut is not read to its end when it has nothing in common', async () => {
    const { earlier } = await earlierOf(Buffer.from('abcdefgh'), { cut: 'fixed' })
    for (let k = 0; k < 9; k++) expect(await earlier.find(placeOf(Buffer.from('nope'), 0))).toBeUndefined()
    expect(await earlier.find(placeOf(Buffer.from('abcd'), 0))).toBeUndefined()
  })

  test('gives all but a packet or two of what something was inserted into', async () => {
    const old = noise(1_000_000)
    const { earlier } = await earlierOf(old)
    expect(await missedBytes(earlier, Buffer.concat([noise(1024, 2), old]))).toBeLessThan(1024 + 4 * PACKET_BYTES)
  })

  test('gives what is the same behind each of several changes', async () => {
    const old = noise(1_000_000)
    const parts = [old.subarray(0, 300_000), noise(500, 2), old.subarray(310_000, 700_000), old.subarray(700_001)]
    const { earlier } = await earlierOf(old)
    expect(await missedBytes(earlier, Buffer.concat(parts))).toBeLessThan(3 * 4 * PACKET_BYTES)
  })

  test('gives files of a folder that were renamed, and those around one that has grown', async () => {
    const [a, b, c] = [noise(200_000, 1), noise(200_000, 2), noise(200_000, 3)]
    const list = noise(1234, 9)
    const { earlier } = await earlierOf({ a, 'b/b': b, c }, { listBytes: list.length })
    const content = Buffer.concat([b, a, Buffer.from('longer'), c])
    let missed = 0
    for (const { plain, place } of packetsOf(content)) {
      const found = await earlier.find({ ...place, offset: place.offset + list.length })
      if (found === undefined) missed += plain.length
    }
    expect(missed).toBeLessThan(4 * 4 * PACKET_BYTES)
  })

  test('is no entry list', async () => {
    const { earlier } = await earlierOf(Buffer.from('abcd'))
    expect(await earlier.find(placeOf(Buffer.from('abcd'), 0, BASE_TYPE.entryList))).toBeUndefined()
  })

  test('never gives bytes that were changed since they were looked at', async () => {
    const old = noise(100_000)
    const { earlier, folder } = await earlierOf(old)
    const [first, second] = packetsOf(old)
    if (first === undefined || second === undefined) throw new Error('there are several packets')
    expect(await earlier.find(first.place)).toBeDefined()
    writeFileSync(join(folder, 'top'), noise(100_000, 7))
    expect(await earlier.find(second.place)).toBeUndefined()
  })

  test('is nothing where nothing is', async () => {
    const folder = temporaryFolder()
    const manifest = { destination: 'missing', entryList: null, cut: 'content', packetBytes: PACKET_BYTES } as const
    const means = { files: systemFiles, inbox: { folder, staging: folder }, clock: new VirtualClock() }
    expect(await earlierContent(means, manifest).find(placeOf(noise(10), 0))).toBeUndefined()
  })
})
