import { describe, expect, test } from 'vitest'
import { seededRandom } from '../../../src/system/random.ts'
import { dealTargets } from '../../../src/tree/deal-targets.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import type { ClusterTransfer } from '../../support/cluster/cluster-main.ts'

const bytes = seededRandom(2).bytes(10_000)

async function begin(cluster: Cluster, fanOut: number, leaves: readonly string[] = []): Promise<ClusterTransfer> {
  const targets = cluster.targets().map((target) => ({ ...target, leaf: leaves.includes(target.member.name) }))
  return cluster.main.begin({ transfer: 1, fanOut, bytes: bytes.length }, targets)
}

const childrenOf = ({ serving }: ClusterTransfer) =>
  serving.routing.branches
    .children()
    .map(({ handle }) => handle)
    .toSorted((a, b) => a - b)

const upstreamOf = (transfer: ClusterTransfer, handle: number) => transfer.routes.get(handle)?.upstream

describe('dealing', () => {
  test('the direct children are the relays of the hands, and the rest is theirs', async () => {
    const cluster = await Cluster.start(8)
    const transfer = await begin(cluster, 3)
    transfer.start()
    await cluster.until(() => transfer.routes.size === 8)
    for (const { relay, below } of dealTargets(transfer.tickets, 3)) {
      expect(upstreamOf(transfer, relay.ticket.handle)).toBe(0)
      for (const { ticket } of below) expect(upstreamOf(transfer, ticket.handle)).toBe(relay.ticket.handle)
    }
    expect(childrenOf(transfer)).toEqual([1, 2, 3])
  })

  test('every child says how fast it answered', async () => {
    const cluster = await Cluster.start(2, { network: { latencyMs: 20 } })
    const transfer = await begin(cluster, 2)
    transfer.start()
    await cluster.until(() =>
      transfer.serving.routing.branches.children().every(({ responseMs }) => responseMs !== null),
    )
    // The request there, a connection back of four ways, and the ack.
    for (const { responseMs } of transfer.serving.routing.branches.children())
      expect(responseMs).toBeGreaterThanOrEqual(6 * 20)
  })
})

describe('a relay that fails', () => {
  const failures: [string, string, (cluster: Cluster) => void][] = [
    ['cannot be dialled', 'E_UNREACHABLE', (cluster) => cluster.kill('t1')],
    ['is without power', 'E_DEADLINE', (cluster) => cluster.kill('t1', 'nothing')],
    ['refuses the transfer', 'E_NO_SPACE', (cluster) => cluster.terminal('t1').files.setCapacity(5000)],
  ]
  test.each(failures)('because it %s (%s) is replaced by the next of its hand', async (_, code, breakIt) => {
    const cluster = await Cluster.start(7, { rescues: false })
    const transfer = await begin(cluster, 3)
    breakIt(cluster)
    transfer.start()
    await transfer.feed(bytes)
    const others = ['t2', 't3', 't4', 't5', 't6', 't7']
    await cluster.delivered(transfer, others)
    expect(upstreamOf(transfer, 4)).toBe(0)
    expect(upstreamOf(transfer, 7)).toBe(4)
    // Promoted, terminal 4 tries the failed one once more: what one cannot reach, another may.
    const tried = () => transfer.failures.filter(({ failure }) => failure.about === 'downstream' && failure.final)
    await cluster.until(() => tried().length > 0)
    expect(tried()).toMatchObject([{ from: { name: 't4' }, failure: { handle: 1, code } }])
  })

  test('because it never says that it is in the route is replaced in time', async () => {
    const cluster = await Cluster.start(4, { rescues: false })
    const transfer = await begin(cluster, 3)
    transfer.start()
    await cluster.clock.advance(8)
    cluster.network.pause('t1')
    const startedMs = cluster.clock.monotonic()
    await transfer.feed(bytes)
    await cluster.delivered(transfer, ['t2', 't3', 't4'])
    expect(cluster.clock.monotonic() - startedMs).toBeLessThan(LIMITS.routeAckMs + 1_000)
    expect(upstreamOf(transfer, 4)).toBe(0)
  })

  test('with nobody to take its place is reported as out of reach', async () => {
    const cluster = await Cluster.start(3, { rescues: false })
    const transfer = await begin(cluster, 3)
    cluster.kill('t2')
    transfer.start()
    await cluster.until(() => transfer.exhausted.length > 0)
    await cluster.clock.advance(1_000)
    expect(transfer.exhausted).toEqual([2])
    expect(childrenOf(transfer)).toEqual([1, 3])
  })
})

test('several that fail are replaced side by side, not one time-out after another', async () => {
  const cluster = await Cluster.start(9, { rescues: false })
  const transfer = await begin(cluster, 3)
  for (const name of ['t1', 't2', 't3']) cluster.kill(name, 'nothing')
  transfer.start()
  const startedMs = cluster.clock.monotonic()
  await cluster.until(() => [4, 5, 6].every((handle) => upstreamOf(transfer, handle) === 0))
  expect(cluster.clock.monotonic() - startedMs).toBeLessThan(LIMITS.dialMs + 1_000)
})

test('leaves whose relays all failed are served directly', async () => {
  const cluster = await Cluster.start(4, { rescues: false })
  const transfer = await begin(cluster, 1, ['t3', 't4'])
  cluster.kill('t1')
  cluster.kill('t2')
  transfer.start()
  await transfer.feed(bytes)
  await cluster.delivered(transfer, ['t3', 't4'])
  expect([upstreamOf(transfer, 3), upstreamOf(transfer, 4)]).toEqual([0, 0])
  expect(transfer.exhausted.toSorted()).toEqual([1, 2])
})

describe('adopting', () => {
  test('serves one that has lost its upstream', async () => {
    const cluster = await Cluster.start(2)
    const transfer = await begin(cluster, 1)
    transfer.start()
    await cluster.until(() => upstreamOf(transfer, 2) === 1)
    cluster.kill('t1')
    await transfer.feed(bytes)
    await cluster.delivered(transfer, ['t2'])
    expect(upstreamOf(transfer, 2)).toBe(0)
  })

  test('a child whose request link broke is served again, as one child', async () => {
    const cluster = await Cluster.start(1)
    const transfer = await begin(cluster, 1)
    transfer.start()
    await cluster.until(() => transfer.serving.routing.branches.find(1, 0)?.requests !== undefined)
    // Dialled already, so it is there without any time.
    const requests = await cluster.terminal('t1').sockets.use(cluster.mainMember, 'requests')
    requests.close(new Error('cut'))
    await transfer.feed(bytes)
    await cluster.delivered(transfer)
    expect(childrenOf(transfer)).toEqual([1])
  })

  test('while the terminal is being dialled already changes nothing', async () => {
    const cluster = await Cluster.start(1)
    const transfer = await begin(cluster, 1)
    const [held] = transfer.tickets
    if (held === undefined) throw new Error('no ticket')
    for (let k = 0; k < 3; k++) transfer.serving.routing.adopt(held, 0, 1)
    await cluster.clock.advance(1_000)
    expect(childrenOf(transfer)).toEqual([1])
  })
})

describe('the end', () => {
  test('is reached when every child has everything, durably', async () => {
    const cluster = await Cluster.start(3)
    const transfer = await begin(cluster, 3)
    transfer.start()
    expect(transfer.serving.routing.branches.idle).toBe(false)
    await transfer.feed(bytes)
    await cluster.delivered(transfer)
    await cluster.clock.advance(100)
    expect(transfer.serving.routing.branches.idle).toBe(true)
  })

  test('by a stop with a reason is told to the children, who look for another upstream', async () => {
    const cluster = await Cluster.start(1, { rescues: false })
    const transfer = await begin(cluster, 1)
    transfer.start()
    await cluster.until(() => transfer.serving.routing.branches.find(1, 0)?.requests !== undefined)
    transfer.serving.stop({ code: 'E_CANCELLED', message: 'called off' })
    await cluster.until(() => transfer.failures.length > 0)
    expect(transfer.failures[0]?.failure).toMatchObject({ about: 'upstream', handle: 0, code: 'E_CANCELLED' })
    expect(transfer.serving.routing.branches.children()).toEqual([])
  })

  test('before the child has connected back is told to it as well', async () => {
    const cluster = await Cluster.start(1, { rescues: false })
    const transfer = await begin(cluster, 1)
    transfer.start()
    // The child says to the main server that it is in the route before it has dialled its upstream.
    await cluster.until(() => transfer.routes.size === 1)
    transfer.serving.stop({ code: 'E_CANCELLED', message: 'called off' })
    const startedMs = cluster.clock.monotonic()
    await cluster.until(() => transfer.failures.length > 0)
    expect(transfer.failures[0]?.failure).toMatchObject({ about: 'upstream', handle: 0, code: 'E_NOT_HELD' })
    expect(cluster.clock.monotonic() - startedMs).toBeLessThan(100)
  })
})
