import { describe, expect, test } from 'vitest'
import { digestOf } from '../../../src/seal/digests.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { silentMeter } from '../../../src/system/meter.ts'
import { SharedBytes } from '../../../src/system/packet-memory.ts'
import { Arrivals } from '../../../src/terminal/arrivals.ts'
import type { TransferWish } from '../../support/cluster/signed-transfer.ts'
import { emptyCopy, sealContent } from './sealed-content.ts'

/** What a terminal makes of 10,000 bytes in three packets, in order. */
async function arriving(wish: Partial<TransferWish> = {}, { mayKeep = true, isDue = false } = {}) {
  const sealed = await sealContent(new Uint8Array(10_000).fill(7), wish)
  const { file, content } = await emptyCopy(sealed)
  const done: string[] = []
  const arrivals = new Arrivals({
    ...{ content, file, manifest: sealed.manifest, meter: silentMeter },
    serving: {
      tableArrived: (segment) => done.push(`serve table ${segment}`),
      packetArrived: (index) => done.push(`serve ${index}`),
      packetStored: (index) => done.push(`serve stored ${index}`),
    },
    relayStart: { contentGrew: () => done.push('relay') },
    progress: {
      tableStored: (segment) => done.push(`note table ${segment}`),
      packetStored: (bytes) => done.push(`note ${bytes} bytes`),
      isDue,
      keep: () => done.push('keep'),
    },
    mayKeep: () => mayKeep,
    complete: () => done.push('complete'),
    failed: (error) => done.push(`failed: ${codeOf(error)}`),
  })
  return {
    arrivals,
    done,
    async store(index: number) {
      await content.write(index, await sealed.content.read(index))
      arrivals.packetStored(index)
    },
  }
}

describe('what arrived', () => {
  test('is served first, noted, and lets relaying begin', async () => {
    const { arrivals, done, store } = await arriving()
    arrivals.tableStored(0)
    expect(done.splice(0)).toEqual(['note table 0', 'serve table 0', 'relay'])
    arrivals.packetChecked(1, new SharedBytes(new Uint8Array(1)))
    expect(done.splice(0)).toEqual(['serve 1'])
    await store(1)
    expect(done).toEqual(['serve stored 1', 'note 4096 bytes', 'relay'])
  })

  test('completes the content with its last packet, and not before', async () => {
    const { done, store } = await arriving()
    await store(2)
    await store(0)
    expect(done).not.toContain('complete')
    await store(1)
    expect(done.at(-1)).toBe('complete')
  })

  test.each([
    [true, true, true],
    [true, false, false],
    [false, true, false],
  ])('is kept for good when that is due (%s) and allowed (%s): %s', async (isDue, mayKeep, kept) => {
    const { done, store } = await arriving({}, { isDue, mayKeep })
    await store(0)
    expect(done.includes('keep')).toBe(kept)
  })

  test('and was found here is counted', async () => {
    const { arrivals } = await arriving()
    arrivals.packetReused(0)
    arrivals.packetReused(2)
    expect(arrivals.reusedBytes).toBe(4096 + 10_000 - 2 * 4096)
  })
})

describe('an entry list', () => {
  test('that will be refused is refused as soon as it is here, and once', async () => {
    const tops = [{ destination: 'films', kind: 'folder' }] as const
    const entryList = { bytes: 4096, digest: digestOf(new Uint8Array(0)), entries: 1, tops: [...tops] }
    const { done, store } = await arriving({ entryList })
    const refusals = async () => {
      await new Promise((resolve) => setImmediate(resolve))
      return done.filter((what) => what.startsWith('failed'))
    }
    await store(1)
    expect(await refusals()).toEqual([])
    await store(0)
    expect(await refusals()).toEqual(['failed: E_ENTRY_LIST'])
    await store(2)
    expect(await refusals()).toEqual(['failed: E_ENTRY_LIST'])
  })
})
