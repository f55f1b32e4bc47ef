import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/system/random.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Cluster } from '../../support/cluster/cluster.ts'

const RATE = 10e6
const bytes = seededRandom(8).bytes(6_000_000)

/** t1 has a good line, t2 one of a hundredth of it; both are children of the main server. */
async function unequalChildren() {
  const cluster = await Cluster.start(1, { network: { bytesPerSecond: RATE, windowBytes: 131_072 } })
  await cluster.startTerminal('t2', { uplinkBytesPerSecond: RATE / 100, downlinkBytesPerSecond: RATE / 100 })
  await cluster.connected()
  const transfer = await cluster.main.begin({ transfer: 1, fanOut: 2, packetBytes: 16_384 }, cluster.targets())
  transfer.start()
  await transfer.feed(bytes)
  return { cluster, transfer }
}

describe('two children, one of them slow', () => {
  test('the fast one is not slowed', async () => {
    const { cluster, transfer } = await unequalChildren()
    const startedMs = cluster.clock.monotonic()
    await cluster.delivered(transfer, ['t1'])
    const aloneMs = (bytes.length / RATE) * 1000
    // The slow one's window of the modelled TCP, and what it is sent meanwhile, share the sender's line.
    expect(cluster.clock.monotonic() - startedMs).toBeLessThan(1.5 * aloneMs)
    expect(transfer.receipts.has('t2')).toBe(false)
  })

  test('what is buffered for each is bounded', async () => {
    const { cluster, transfer } = await unequalChildren()
    const bound = LIMITS.childBufferBytes + 16_384 + 1024
    let most = 0
    await cluster.until(() => {
      for (const { data } of transfer.serving.routing.branches.children()) most = Math.max(most, data.bufferedBytes)
      return transfer.receipts.has('t1')
    })
    await cluster.clock.advance(10_000)
    expect(most).toBeGreaterThan(0)
    expect(most).toBeLessThanOrEqual(bound)
    const slow = transfer.serving.routing.branches.find(2, 0)
    expect(slow?.wanted.size).toBeLessThanOrEqual(LIMITS.wantedPackets)
  })
})

test('a child whose line becomes good again gets the rest', async () => {
  const { cluster, transfer } = await unequalChildren()
  await cluster.clock.advance(5_000)
  cluster.network.slow('t2', RATE)
  await cluster.delivered(transfer)
  // A link this slow is silent for longer than is usual: that is asked about, and nothing comes of it.
  expect(transfer.failures.filter(({ failure }) => failure.code !== 'E_STALLED')).toEqual([])
})

describe('a sender with a limit', () => {
  const LIMIT = 500_000

  // The main server has two children, or one that relays to the other.
  test.each([
    ['over all of its children, whose links could take more', { fanOut: 2, sentBytes: 2_000_000, most: 1.1 }],
    ['when it relays', { fanOut: 1, sentBytes: 1_000_000, most: 1.2 }],
  ])('keeps to it %s', async (_, { fanOut, sentBytes, most }) => {
    const cluster = await Cluster.start(2, { network: { bytesPerSecond: RATE } })
    const wish = { transfer: 1, fanOut, packetBytes: 16_384, limitBytesPerSecond: LIMIT }
    const transfer = await cluster.main.begin(wish, cluster.targets())
    transfer.start()
    const startedMs = cluster.clock.monotonic()
    await transfer.feed(bytes.subarray(0, 1_000_000))
    await cluster.delivered(transfer)
    const share = (cluster.clock.monotonic() - startedMs) / 1000 / (sentBytes / LIMIT)
    expect(share).toBeGreaterThan(0.95)
    expect(share).toBeLessThan(most)
  })
})
