import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/system/random.ts'
import { classicPlan } from '../../../src/tree/plan.ts'
import { Cluster } from '../../support/cluster/cluster.ts'

const noise = (bytes: number) => seededRandom(5).bytes(bytes)

describe('a cluster of 13 terminals and a fan-out of 3', () => {
  test('gives every terminal identical bytes, down the tree of the classic plan', async () => {
    const cluster = await Cluster.start(13)
    const bytes = noise(50_000)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3 }, cluster.targets())
    transfer.start()
    await transfer.feed(bytes)
    await cluster.delivered(transfer)

    for (const terminal of cluster.terminals.values()) expect(await terminal.published('intro.mp4')).toEqual(bytes)
    const [tree] = classicPlan(
      transfer.tickets.map(({ ticket }) => ticket),
      3,
    ).stripes
    const planned = new Map(tree?.edges.map(({ downstream, upstream, depth }) => [downstream, { upstream, depth }]))
    const real = new Map([...transfer.routes].map(([handle, { upstream, depth }]) => [handle, { upstream, depth }]))
    expect(real).toEqual(planned)
    expect(transfer.failures).toEqual([])
  })
})
