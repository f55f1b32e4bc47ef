import { describe, expect, test } from 'vitest'
import { openConversation } from '../../../src/link/conversation.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { classicPlan } from '../../../src/tree/plan.ts'
import { BASE_TYPE } from '../../../src/wire/codes.ts'
import { Cluster } from '../../support/cluster/cluster.ts'
import type { ClusterTransfer } from '../../support/cluster/cluster-main.ts'

const DESTINATION = 'intro.mp4'
const noise = (bytes: number) => seededRandom(5).bytes(bytes)

async function expectPublished(
  cluster: Cluster,
  bytes: Uint8Array,
  names: Iterable<string> = cluster.terminals.keys(),
) {
  for (const name of names) {
    const published = await cluster.terminal(name).published(DESTINATION)
    expect(published && Buffer.compare(published, bytes), name).toBe(0)
  }
}

/** The tree as the terminals reported it: downstream → upstream and depth. */
function routesOf(transfer: ClusterTransfer) {
  return new Map([...transfer.routes].map(([handle, { upstream, depth }]) => [handle, { upstream, depth }]))
}

function plannedRoutes(transfer: ClusterTransfer, fanOut: number) {
  const targets = transfer.tickets.map(({ ticket }) => ticket)
  const edges = classicPlan(targets, fanOut).stripes.flatMap((stripe) => stripe.edges)
  return new Map(edges.map(({ downstream, upstream, depth }) => [downstream, { upstream, depth }]))
}

describe('13 terminals and a fan-out of 3', () => {
  test('every terminal gets identical bytes, down the tree of the classic plan', async () => {
    const cluster = await Cluster.start(13)
    const bytes = noise(50_000)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3 }, cluster.targets())
    transfer.start()
    await transfer.feed(bytes)
    await cluster.delivered(transfer)

    await expectPublished(cluster, bytes)
    expect(routesOf(transfer)).toEqual(plannedRoutes(transfer, 3))
    expect(transfer.failures).toEqual([])
    expect(new Set([...transfer.receipts.values()].map(({ bytes }) => bytes))).toEqual(new Set([bytes.length]))
  })

  test('the first server sends each packet to its own children only', async () => {
    const cluster = await Cluster.start(13)
    const bytes = noise(50_000)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3 }, cluster.targets())
    transfer.start()
    await transfer.feed(bytes)
    await cluster.delivered(transfer)

    expect(transfer.serving.sentBytes).toBe(3 * bytes.length)
  })

  test('leaves receive and never relay', async () => {
    const cluster = await Cluster.start(13)
    const leaves = new Set(['t2', 't3', 't7', 't11'])
    const targets = cluster.targets().map((target) => ({ ...target, leaf: leaves.has(target.member.name) }))
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3 }, targets)
    transfer.start()
    const bytes = noise(20_000)
    await transfer.feed(bytes)
    await cluster.delivered(transfer)

    await expectPublished(cluster, bytes)
    const upstreams = new Set([...transfer.routes.values()].map(({ upstream }) => upstream))
    for (const { ticket } of transfer.tickets) if (ticket.leaf) expect(upstreams).not.toContain(ticket.handle)
  })

  test('an empty content arrives everywhere, even when relaying is to begin later', async () => {
    const cluster = await Cluster.start(13)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3, relayAfterBytes: 4096 }, cluster.targets())
    transfer.start()
    await transfer.feed(new Uint8Array(0))
    await cluster.delivered(transfer)

    await expectPublished(cluster, new Uint8Array(0))
  })
})

describe('relayAfter', () => {
  test('a terminal that nobody sent its request begins with the word of the main server', async () => {
    const cluster = await Cluster.start(4)
    const bytes = noise(50_000)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3 }, cluster.targets())
    const [upstream, , , left] = transfer.tickets
    const [, , , last] = cluster.targets()
    if (upstream === undefined || left === undefined || last === undefined) throw new Error('there are four')
    transfer.serving.routing.relay({ stripe: 0, depth: 1, below: transfer.tickets.slice(0, 3), upstreams: null })
    await transfer.feed(bytes)
    await cluster.clock.advance(50)
    expect(transfer.routes.get(4)).toBeUndefined()
    cluster.main.control(last.member)?.send('reroute', {
      ...{ manifest: transfer.signedManifest, ticket: left.signed },
      ...{ stripe: 0, upstream: upstream.signed, order: 1 },
    })
    await cluster.delivered(transfer)

    await expectPublished(cluster, bytes)
    expect(transfer.routes.get(4)).toMatchObject({ upstream: 1, depth: 2, order: 1 })
    expect(transfer.serving.sentBytes).toBe(3 * bytes.length)
  })

  test('a terminal sends the request on once it holds so many bytes, and not before', async () => {
    const cluster = await Cluster.start(4)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1, relayAfterBytes: 1_500_000 }, cluster.targets())
    transfer.start()
    await transfer.intake.add(noise(1_100_000))
    // The table of the first segment, 1 MiB, is out; nobody holds more than that.
    await cluster.clock.advance(5_000)
    expect([...transfer.routes.keys()]).toEqual([1])

    await transfer.feed(noise(900_000))
    await cluster.delivered(transfer)
    expect(routesOf(transfer)).toEqual(plannedRoutes(transfer, 1))
  })

  test('content shorter than that is relayed when it is complete', async () => {
    const cluster = await Cluster.start(3)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1, relayAfterBytes: 1e9 }, cluster.targets())
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.delivered(transfer)
    await expectPublished(cluster, noise(10_000))
  })
})

describe('a relay that dies', () => {
  for (const saying of ['reset', 'nothing'] as const) {
    test(`half-way (${saying}) costs nobody below it the content`, async () => {
      const cluster = await Cluster.start(13, { network: { bytesPerSecond: 1e6 } })
      const bytes = noise(2_000_000)
      const transfer = await cluster.main.begin({ transfer: 1, fanOut: 3, packetBytes: 16_384 }, cluster.targets())
      transfer.start()
      await transfer.feed(bytes)
      await cluster.until(() => (cluster.terminal('t1').transfers.find(1)?.serving.sentBytes ?? 0) > 300_000)
      cluster.kill('t1', saying)
      await cluster.delivered(transfer, cluster.terminals.keys())

      await expectPublished(cluster, bytes)
      expect(transfer.receipts.has('t1')).toBe(false)
    })
  }

  test('and comes back goes on where it was, and never fetches a synced packet twice', async () => {
    const cluster = await Cluster.start(1, { network: { bytesPerSecond: 20e6 } })
    // More than LIMITS.syncEveryBytes, so that a part of it is durable.
    const bytes = noise(40 * 1024 * 1024)
    const transfer = await cluster.main.begin({ transfer: 1, packetBytes: 1 << 20 }, cluster.targets())
    transfer.start()
    await transfer.feed(bytes)
    await cluster.until(() => transfer.serving.sentBytes > 36 * 1024 * 1024)
    await cluster.clock.advance(200)
    cluster.kill('t1')
    const sentBefore = transfer.serving.sentBytes
    await cluster.clock.advance(1_000)
    await cluster.startTerminal('t1')
    await cluster.delivered(transfer)

    await expectPublished(cluster, bytes)
    expect(transfer.serving.sentBytes - sentBefore).toBeLessThan(10 * 1024 * 1024)
  }, 30_000)

  test('after its last child was served leaves the links of the others alone', async () => {
    const cluster = await Cluster.start(4)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1 }, cluster.targets())
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.delivered(transfer)
    await cluster.clock.advance(60_000)

    for (const terminal of cluster.terminals.values()) expect(terminal.transfers.size).toBe(0)
    expect(transfer.serving.routing.branches.idle).toBe(true)
    expect(transfer.failures).toEqual([])
  })
})

describe('several transfers', () => {
  test('run side by side over the same links', async () => {
    const cluster = await Cluster.start(4, { network: { bytesPerSecond: 1e6 } })
    const contents = [noise(200_000), seededRandom(6).bytes(150_000)]
    const transfers = await Promise.all(
      contents.map((_, k) =>
        cluster.main.begin({ transfer: k + 1, fanOut: 2, destination: `file${k}` }, cluster.targets()),
      ),
    )
    for (const transfer of transfers) transfer.start()
    for (const [k, transfer] of transfers.entries()) await transfer.feed(contents[k] as Uint8Array)
    for (const transfer of transfers) await cluster.delivered(transfer)

    for (const terminal of cluster.terminals.values()) {
      for (const [k, bytes] of contents.entries()) expect(await terminal.published(`file${k}`)).toEqual(bytes)
    }
  })

  test('to one destination end with the newest, whichever is finished first', async () => {
    const cluster = await Cluster.start(1, { network: { bytesPerSecond: 1e6 } })
    const older = await cluster.main.begin({ transfer: 1 }, cluster.targets())
    const newer = await cluster.main.begin({ transfer: 2 }, cluster.targets())
    older.start()
    await cluster.until(() => older.routes.size === 1)
    newer.start()
    await newer.feed(new Uint8Array([2]))
    await cluster.delivered(newer)
    await older.feed(new Uint8Array([1]))
    await cluster.until(() => older.failures.some(({ failure }) => failure.about === 'self'))

    expect(await cluster.terminal('t1').published(DESTINATION)).toEqual(new Uint8Array([2]))
    expect(older.failures.at(-1)?.failure.code).toBe('E_SUPERSEDED')
    expect(older.receipts.get('t1')?.state).not.toBe('active')
  })

  test('an older one that comes after a newer is refused at once', async () => {
    const cluster = await Cluster.start(1)
    const newer = await cluster.main.begin({ transfer: 2 }, cluster.targets())
    newer.start()
    await newer.feed(new Uint8Array([2]))
    await cluster.delivered(newer)
    const older = await cluster.main.begin({ transfer: 1 }, cluster.targets())
    older.start()
    await older.feed(new Uint8Array([1]))
    await cluster.until(() => older.exhausted.length > 0)

    expect(older.failures.map(({ failure }) => failure.code)).toEqual(['E_SUPERSEDED'])
    expect(await cluster.terminal('t1').published(DESTINATION)).toEqual(new Uint8Array([2]))
  })
})

describe('a terminal outside the transfer', () => {
  test('gets nothing: without a signed ticket its request link is closed', async () => {
    const cluster = await Cluster.start(2)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1 }, cluster.targets(['t1']))
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.delivered(transfer, ['t1'])
    const stranger = cluster.enrol('stranger')
    const network = cluster.host(stranger)
    const endings: (Error | undefined)[] = []
    const heard: unknown[] = []
    const stolen = transfer.tickets[0]?.signed
    if (stolen === undefined) throw new Error('no ticket')
    const forged = { ...stolen, signature: new Uint8Array(64) }
    for (const ticket of [undefined, stolen, forged]) {
      for (const { address, fingerprint } of [cluster.mainMember, cluster.terminal('t1').member]) {
        void network.dial(address, { expect: fingerprint, deadlineMs: 1000 }).then((link) => {
          const requests = openConversation(
            link,
            { role: 'terminal', purpose: 'requests', software: 'stranger' },
            cluster.clock,
          )
          requests.attach({
            message: (message) => heard.push(message),
            packet: (header) => heard.push(header),
            closed: (error) => endings.push(error),
          })
          if (ticket !== undefined) requests.send('ticket', { ticket })
          requests.send('request', { transfer: 1, stripe: 0, base: BASE_TYPE.content, ranges: [0, 3] })
        })
      }
    }
    await cluster.until(() => endings.length === 6)
    expect(heard).toEqual([])
  })

  test('that shows the right ticket of its own for another transfer gets nothing of this one', async () => {
    const cluster = await Cluster.start(1)
    const stranger = cluster.enrol('stranger')
    const other = await cluster.main.begin({ transfer: 2 }, cluster.targets(['stranger']))
    const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets(['t1']))
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.delivered(transfer, ['t1'])
    let closed = false
    const { address, fingerprint } = cluster.terminal('t1').member
    const network = cluster.host(stranger)
    void network.dial(address, { expect: fingerprint, deadlineMs: 1000 }).then((link) => {
      const requests = openConversation(
        link,
        { role: 'terminal', purpose: 'requests', software: 'stranger' },
        cluster.clock,
      )
      requests.attach({
        message: () => undefined,
        closed: () => {
          closed = true
        },
      })
      requests.send('ticket', {
        ticket: other.tickets[0]?.signed ?? { payload: new Uint8Array(), signature: new Uint8Array() },
      })
      requests.send('routeAck', { transfer: 1, stripe: 0, upstream: 1, depth: 2, order: 0 })
    })
    await cluster.until(() => closed)
    expect(cluster.terminal('t1').transfers.find(1)?.serving.routing.branches.children()).toEqual([])
  })

  test('cannot send packets or requests either', async () => {
    const cluster = await Cluster.start(1)
    const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets(['t1']))
    transfer.start()
    await cluster.until(() => transfer.routes.size === 1)
    const { address, fingerprint } = cluster.terminal('t1').member
    const network = cluster.host(cluster.enrol('stranger'))
    let closed = 0
    for (const speak of ['packet', 'cancel'] as const) {
      void network.dial(address, { expect: fingerprint, deadlineMs: 1000 }).then((link) => {
        const data = openConversation(link, { role: 'terminal', purpose: 'data', software: 'stranger' }, cluster.clock)
        data.attach({ message: () => undefined, closed: () => closed++ })
        if (speak === 'cancel') data.send('cancel', { transfer: 1, code: 'E_X', message: '' })
        else {
          const header = { transfer: 1, stripe: 0, base: 1, oriented: 1, index: 0, target: 1, plainBytes: 1 }
          data.sendPacket(
            { ...header, sealedBytes: 1, compression: 0, cipher: 1, checksum: new Uint8Array(16) },
            new Uint8Array(1),
          )
        }
      })
    }
    await cluster.until(() => closed === 2)
    await transfer.feed(noise(10_000))
    await cluster.delivered(transfer, ['t1'])
    expect(transfer.failures).toEqual([])
  })
})

describe('what a transport request may say', () => {
  test('a relay does not dial terminals that the main server never named', async () => {
    const cluster = await Cluster.start(2)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1 }, cluster.targets())
    transfer.start()
    await cluster.until(() => transfer.routes.size === 2)
    const [hostile, honest] = [transfer.tickets[0], transfer.tickets[1]]
    if (hostile === undefined || honest === undefined) throw new Error('no tickets')
    cluster.kill('t1')
    const dialled: string[] = []
    const trap = cluster.enrol('trap')
    await cluster.host(trap).listen(trap.address, (link) => dialled.push(link.remote.host))
    const forged = cluster.main.begin({ transfer: 3 }, [{ member: trap }]).then(({ tickets }) => tickets[0]?.signed)
    const below = [await forged].flatMap((signed) =>
      signed ? [{ ...signed, signature: new Uint8Array(64) }, signed] : [],
    )
    let closed = 0
    for (const ticket of below) {
      const network = cluster.host(cluster.enrol(`t1`))
      const { address, fingerprint } = cluster.terminal('t2').member
      await cluster.clock.advance(1)
      void network.dial(address, { expect: fingerprint, deadlineMs: 1000 }).then((link) => {
        const data = openConversation(link, { role: 'terminal', purpose: 'data', software: 'hostile' }, cluster.clock)
        data.attach({ message: () => undefined, closed: () => closed++ })
        data.send('ticket', { ticket: hostile.signed })
        data.send('transportRequest', {
          manifest: transfer.signedManifest,
          stripe: 0,
          server: hostile.signed,
          ticket: honest.signed,
          depth: 2,
          below: [ticket],
          upstreams: null,
        })
      })
      await cluster.clock.advance(2_000)
      cluster.network.kill('t1')
    }
    expect(dialled).toEqual([])
    expect(closed).toBe(2)
  })
})

describe('a transfer that is called off', () => {
  test('leaves nothing behind and gives no receipt, whenever the word comes', async () => {
    for (let afterMs = 0; afterMs < 24; afterMs++) {
      const cluster = await Cluster.start(1)
      const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets())
      transfer.start()
      await transfer.feed(noise(10_000))
      await cluster.clock.advance(afterMs)
      void cluster.terminal('t1').transfers.find(1)?.cancel({ code: 'E_CANCELLED', message: 'called off' })
      await cluster.clock.advance(10_000)
      const shown = (await cluster.terminal('t1').published(DESTINATION)) !== undefined
      const receipts = transfer.receipts.get('t1')?.state
      expect({ afterMs, shown, receipts }).toEqual({ afterMs, shown, receipts: shown ? 'active' : undefined })
      expect(await cluster.terminal('t1').files.list('/home/staging')).toEqual([])
    }
  })
})

describe('a terminal that is stopped', () => {
  test('at any moment of a delivery finishes it at its next start', async () => {
    for (let afterMs = 0; afterMs < 24; afterMs++) {
      const cluster = await Cluster.start(1)
      const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets())
      transfer.start()
      await transfer.feed(noise(10_000))
      await cluster.clock.advance(afterMs)
      await cluster.terminal('t1').stop()
      cluster.kill('t1')
      await cluster.clock.advance(10_000)
      await cluster.startTerminal('t1')
      await cluster.delivered(transfer)
      expect(transfer.failures.filter(({ failure }) => failure.about === 'self')).toEqual([])
      await expectPublished(cluster, noise(10_000))
    }
  })
})

describe('in the very moment in which content becomes durable', () => {
  const moments = ['before', 'after'] as const

  async function atTheMoment(when: (typeof moments)[number], act: (cluster: Cluster) => Promise<void>) {
    const cluster = await Cluster.start(1)
    const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets())
    const { state } = cluster.terminal('t1')
    const keepReceived = state.keepReceived.bind(state)
    const acting = Promise.withResolvers<Promise<void>>()
    state.keepReceived = async (...step) => {
      if (when === 'before') acting.resolve(act(cluster))
      await keepReceived(...step)
      if (when === 'after') acting.resolve(act(cluster))
    }
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.clock.advance(1_000)
    await await acting.promise
    return { cluster, transfer }
  }

  test.each(moments)('a cancellation (%s) comes too late: what gets a receipt is there', async (when) => {
    const { cluster, transfer } = await atTheMoment(when, async (at) => {
      await at.terminal('t1').transfers.find(1)?.cancel({ code: 'E_CANCELLED', message: 'called off' })
    })
    await cluster.clock.advance(10_000)
    expect(transfer.receipts.get('t1')?.state).toBe('active')
    await expectPublished(cluster, noise(10_000))
  })

  test.each(moments)('a stop (%s) waits for it, and fails nothing', async (when) => {
    const { cluster, transfer } = await atTheMoment(when, (at) => at.terminal('t1').stop())
    await expectPublished(cluster, noise(10_000))
    expect(transfer.failures).toEqual([])
    expect((await cluster.terminal('t1').state.outbox.list()).map(({ state }) => state)).toContain('active')
  })
})

describe('a disk that fails', () => {
  test('at a sync ends the delivery: it is reported, gives no receipt and leaves nothing', async () => {
    const cluster = await Cluster.start(1)
    const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets())
    cluster.terminal('t1').files.failNext('sync', 'EIO')
    transfer.start()
    await transfer.feed(noise(10_000))
    await cluster.until(() => transfer.failures.length > 0)
    await cluster.clock.advance(10_000)
    expect(transfer.failures).toMatchObject([{ failure: { about: 'self', code: 'EIO' } }])
    expect(transfer.receipts.size).toBe(0)
    expect(await cluster.terminal('t1').files.list('/home/staging')).toEqual([])
    expect(await cluster.terminal('t1').state.unfinished()).toEqual([])
  })

  test('is told again to who asks once more while what was staged is cleared away', async () => {
    const cluster = await Cluster.start(1)
    const transfer = await cluster.main.begin({ transfer: 1 }, cluster.targets())
    const { state, files } = cluster.terminal('t1')
    files.setCapacity(8_000)
    const cleared = Promise.withResolvers<void>()
    const forget = state.forget.bind(state)
    state.forget = async (id) => {
      await cleared.promise
      await forget(id)
    }
    transfer.start()
    await transfer.feed(noise(20_000))
    await cluster.until(() => transfer.failures.length > 0)
    transfer.routes.clear()
    const [held] = transfer.tickets
    if (held === undefined) throw new Error('no ticket')
    transfer.serving.routing.adopt(held, 0, 1)
    await cluster.until(() => transfer.failures.length > 1)
    cleared.resolve()
    expect(transfer.failures.map(({ failure }) => failure.code)).toEqual(['E_NO_SPACE', 'E_NO_SPACE'])
    expect(transfer.routes.size).toBe(0)
  })

  test('because it is full says so in words, and costs the others below nothing', async () => {
    const cluster = await Cluster.start(3)
    const transfer = await cluster.main.begin({ transfer: 1, fanOut: 1 }, cluster.targets())
    cluster.terminal('t1').files.setCapacity(8_000)
    transfer.start()
    await transfer.feed(noise(20_000))
    await cluster.delivered(transfer, ['t2', 't3'])
    const own = transfer.failures.find(({ failure }) => failure.about === 'self')
    expect(own?.failure).toMatchObject({ code: 'E_NO_SPACE', message: expect.stringContaining('terminal t1') })
    await expectPublished(cluster, noise(20_000), ['t2', 't3'])
  })
})

test('a transfer whose staged content was lost is not resumed in the published file', async () => {
  const cluster = await Cluster.start(1)
  const first = await cluster.main.begin({ transfer: 1 }, cluster.targets())
  first.start()
  await first.feed(noise(10_000))
  await cluster.delivered(first)
  const second = await cluster.main.begin({ transfer: 2 }, cluster.targets())
  second.start()
  await cluster.until(() => second.routes.size === 1)
  cluster.kill('t1')
  await cluster.clock.advance(20_000)
  const terminal = cluster.disk('t1')
  await terminal.remove('/home/staging/2.part')
  await cluster.startTerminal('t1')
  await second.feed(seededRandom(6).bytes(5_000))
  await cluster.clock.advance(10)
  const published = await cluster.terminal('t1').published(DESTINATION)
  expect([noise(10_000), seededRandom(6).bytes(5_000)]).toContainEqual(published)
})
