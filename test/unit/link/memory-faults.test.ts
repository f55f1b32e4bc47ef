import { describe, expect, test } from 'vitest'
import { LIMITS } from '../../../src/wire/limits.ts'
import { frameOf, MemoryWorld, type Pair } from './memory-world.ts'

const SECOND_MS = 1000

async function twoHosts(options: ConstructorParameters<typeof MemoryWorld>[0] = {}) {
  const world = new MemoryWorld(options)
  await world.addHost('a')
  await world.addHost('b')
  return { world, ...(await world.join('a', 'b')) }
}

describe('the lines of the modelled network', () => {
  test('a frame takes its bytes over the rate, and the latency once', async () => {
    const { world, near, far } = await twoHosts({ bytesPerSecond: 1_000_000, latencyMs: 10 })
    const startMs = world.clock.monotonic()
    near.link.send(0x15, frameOf(500_000))
    await world.clock.runUntil(() => far.frames.length === 1, SECOND_MS)
    expect(world.clock.monotonic() - startMs).toBeCloseTo(510, 6)
  })

  test('links of one host share its uplink in turn, piece by piece', async () => {
    const world = new MemoryWorld({ bytesPerSecond: 1_000_000, latencyMs: 0, parcelBytes: 10_000 })
    for (const name of ['a', 'b', 'c']) await world.addHost(name)
    const big = await world.join('a', 'b')
    const small = await world.join('a', 'c')
    const startMs = world.clock.monotonic()
    for (let k = 0; k < 10; k += 1) big.near.link.send(0x15, frameOf(100_000))
    small.near.link.send(0x11, frameOf(20_000))
    await world.clock.runUntil(() => small.far.frames.length === 1, SECOND_MS)
    // One piece of the large frames is on the line already and one waits; then the two links take turns.
    expect(world.clock.monotonic() - startMs).toBeCloseTo(50, 6)
    await world.clock.runUntil(() => big.far.frames.length === 10, 2 * SECOND_MS)
    expect(world.clock.monotonic() - startMs).toBeCloseTo(1020, 6)
  })

  test('senders to one host share its downlink', async () => {
    const world = new MemoryWorld({ latencyMs: 0 })
    await world.addHost('sink', { downlinkBytesPerSecond: 1_000_000 })
    const pairs: Pair[] = []
    for (const name of ['a', 'b', 'c', 'd']) {
      await world.addHost(name, { uplinkBytesPerSecond: 500_000 })
      pairs.push(await world.join(name, 'sink'))
    }
    const startMs = world.clock.monotonic()
    for (const { near } of pairs) near.link.send(0x15, frameOf(500_000))
    await world.clock.runUntil(() => pairs.every(({ far }) => far.frames.length === 1), 10 * SECOND_MS)
    const tookMs = world.clock.monotonic() - startMs
    expect(tookMs).toBeGreaterThanOrEqual(2000)
    expect(tookMs).toBeLessThan(2200)
  })

  test('a relay passes on at full rate what it receives at full rate', async () => {
    const world = new MemoryWorld({ bytesPerSecond: 1_000_000, latencyMs: 0 })
    for (const name of ['a', 'b', 'c']) await world.addHost(name)
    const first = await world.join('a', 'b')
    const second = await world.join('b', 'c')
    const relay = first.far.link
    relay.attach({ frame: ({ type, body }) => second.near.link.send(type, body) })
    const startMs = world.clock.monotonic()
    for (let k = 0; k < 100; k += 1) first.near.link.send(0x15, frameOf(10_000))
    await world.clock.runUntil(() => second.far.frames.length === 100, 5 * SECOND_MS)
    expect(world.clock.monotonic() - startMs).toBeCloseTo(1010, 6)
  })

  test('slow() changes the rate of what is sent from then on', async () => {
    const { world, near, far } = await twoHosts({ bytesPerSecond: 1_000_000, latencyMs: 0 })
    world.network.slow('b', 100_000)
    const startMs = world.clock.monotonic()
    near.link.send(0x15, frameOf(50_000))
    await world.clock.runUntil(() => far.frames.length === 1, 10 * SECOND_MS)
    expect(world.clock.monotonic() - startMs).toBeCloseTo(500, 6)
    expect(() => world.network.slow('b', 0)).toThrow(expect.objectContaining({ code: 'E_RATE' }))
  })

  test('what is under way over a trickle comes at once when the line is healed', async () => {
    const { world, near, far } = await twoHosts({ bytesPerSecond: 1_000_000, latencyMs: 0, parcelBytes: 1_000 })
    world.network.slow('b', 10)
    near.link.send(0x15, frameOf(50_000))
    await world.clock.advance(10 * SECOND_MS)
    expect(far.frames).toHaveLength(0)
    world.network.slow('b', 1_000_000)
    const startMs = world.clock.monotonic()
    near.link.send(0x15, frameOf(50_000))
    await world.clock.runUntil(() => far.frames.length === 2, 10 * SECOND_MS)
    expect(world.clock.monotonic() - startMs).toBeLessThan(101)
  })

  test('a receiver that does not read stops the sender once the window is full', async () => {
    const world = new MemoryWorld({ windowBytes: 100_000, parcelBytes: 10_000 })
    await world.addHost('a')
    await world.addHost('b')
    const { near } = await world.join('a', 'b')
    world.network.pause('b')
    for (let k = 0; k < 10; k += 1) near.link.send(0x15, frameOf(100_000))
    await world.clock.advance(SECOND_MS)
    expect(near.link.bufferedBytes).toBe(900_000)
  })

  test('a stall makes everything behind it late, and reorders nothing', async () => {
    const { world, near, far } = await twoHosts({ stall: { chance: 0.3, ms: 200 }, latencyMs: 0 })
    for (let type = 0x20; type < 0x50; type += 1) {
      near.link.send(type, frameOf(100))
      await world.clock.advance(1)
    }
    await world.clock.advance(SECOND_MS)
    expect(far.frames.map(({ type }) => type)).toEqual(Array.from({ length: 0x30 }, (_, k) => 0x20 + k))
  })

  test('the same calls give the same run', async () => {
    const run = async () => {
      const { world, near, far } = await twoHosts({ stall: { chance: 0.5, ms: 30 }, bytesPerSecond: 1e6 })
      const times: number[] = []
      far.link.attach({ frame: () => times.push(world.clock.monotonic()) })
      for (let k = 1; k < 50; k += 1) near.link.send(0x15, frameOf(k * 1000))
      await world.clock.advance(10 * SECOND_MS)
      return times
    }
    const times = await run()
    expect(times).toHaveLength(49)
    expect(await run()).toEqual(times)
  })
})

describe('faults of the modelled network', () => {
  test('reset() tells both sides', async () => {
    const { world, near, far } = await twoHosts()
    world.network.reset(far.link)
    await world.clock.advance(0)
    expect([near.endings, far.endings]).toMatchObject([[{ code: 'E_LINK_LOST' }], [{ code: 'E_LINK_LOST' }]])
  })

  test('halfOpen() is noticed by silence alone, on both sides', async () => {
    const { world, near, far } = await twoHosts()
    world.network.halfOpen(near.link)
    near.link.send(0x10)
    await world.clock.advance(LIMITS.linkSilentAfterMs - SECOND_MS)
    expect([near.endings, far.endings, far.frames]).toEqual([[], [], []])
    await world.clock.advance(1.1 * SECOND_MS)
    expect([near.endings, far.endings]).toMatchObject([[{ code: 'E_SILENT' }], [{ code: 'E_SILENT' }]])
  })

  test('a partition holds everything back, and a link that outlives it goes on without a loss', async () => {
    const { world, near, far } = await twoHosts()
    world.network.partition('a', 'b')
    near.link.send(0x10)
    far.link.send(0x11)
    await world.clock.advance(LIMITS.linkSilentAfterMs / 2)
    expect([near.frames, far.frames]).toEqual([[], []])
    world.network.heal('a', 'b')
    await world.clock.advance(SECOND_MS)
    expect([near.frames[0]?.type, far.frames[0]?.type]).toEqual([0x11, 0x10])
    await world.clock.advance(60 * SECOND_MS)
    expect([near.endings, far.endings]).toEqual([[], []])
  })

  test('what was on its way when a partition began arrives after it', async () => {
    const { world, near, far } = await twoHosts()
    near.link.send(0x10)
    world.network.partition('a', 'b')
    await world.clock.advance(SECOND_MS)
    expect(far.frames).toEqual([])
    world.network.heal('a', 'b')
    await world.clock.advance(SECOND_MS)
    expect(far.frames).toHaveLength(1)
  })

  test('a partition of one way lets the other way through', async () => {
    const { world, near, far } = await twoHosts()
    world.network.partition('a', 'b', { oneWay: true })
    near.link.send(0x10)
    far.link.send(0x11)
    await world.clock.advance(SECOND_MS)
    expect([near.frames.length, far.frames.length]).toEqual([1, 0])
  })

  test('dialling into a partition waits for its end, or for the deadline', async () => {
    const world = new MemoryWorld()
    await world.addHost('a')
    await world.addHost('b')
    world.network.partition('a', 'b')
    const late = expect(world.dial('a', 'b', 5 * SECOND_MS)).rejects.toMatchObject({ code: 'E_DEADLINE' })
    await world.clock.advance(5 * SECOND_MS)
    await late
    const patient = world.dial('a', 'b', 60 * SECOND_MS)
    await world.clock.advance(5 * SECOND_MS)
    world.network.heal('a', 'b')
    await world.clock.advance(2 * SECOND_MS)
    expect((await patient).open).toBe(true)
  })

  test('a paused host does nothing, and gets what waited when it resumes', async () => {
    const { world, near, far } = await twoHosts()
    let ticks = 0
    world.network.clockOf('b').after(SECOND_MS, () => {
      ticks += 1
    })
    world.network.pause('b')
    near.link.send(0x10)
    far.link.send(0x11)
    await world.clock.advance(LIMITS.linkSilentAfterMs / 2)
    expect([ticks, near.frames, far.frames]).toEqual([0, [], []])
    world.network.resume('b')
    await world.clock.advance(SECOND_MS)
    expect([ticks, near.frames.length, far.frames.length]).toEqual([1, 1, 1])
    expect([near.endings, far.endings]).toEqual([[], []])
  })

  test('a host that is paused for too long is given up by its peer, and finds its link lost when it resumes', async () => {
    const { world, near, far } = await twoHosts()
    world.network.pause('b')
    await world.clock.advance(60 * SECOND_MS)
    expect(near.endings).toMatchObject([{ code: 'E_SILENT' }])
    world.network.resume('b')
    await world.clock.advance(SECOND_MS)
    expect(far.endings).toMatchObject([{ code: 'E_LINK_LOST' }])
  })

  test('a killed process runs nothing any more, and its peers are told', async () => {
    const { world, near, far } = await twoHosts()
    near.link.send(0x10)
    world.network.kill('b')
    await world.clock.advance(60 * SECOND_MS)
    expect(near.endings).toMatchObject([{ code: 'E_LINK_LOST' }])
    expect([far.frames, far.endings]).toEqual([[], []])
    const refused = expect(world.dial('a', 'b')).rejects.toMatchObject({ code: 'E_UNREACHABLE' })
    await world.clock.advance(SECOND_MS)
    await refused
  })

  test('a machine that loses its power tells nobody', async () => {
    const { world, near } = await twoHosts()
    world.network.kill('b', 'nothing')
    await world.clock.advance(LIMITS.linkSilentAfterMs - SECOND_MS)
    expect(near.endings).toEqual([])
    await world.clock.advance(1.1 * SECOND_MS)
    expect(near.endings).toMatchObject([{ code: 'E_SILENT' }])
    const late = expect(world.dial('a', 'b', SECOND_MS)).rejects.toMatchObject({ code: 'E_DEADLINE' })
    await world.clock.advance(SECOND_MS)
    await late
  })

  test('a new process on a killed host is reached under the same name, and cut off as the old one was', async () => {
    const { world } = await twoHosts()
    expect(() => world.network.host('b', 'x')).toThrow(expect.objectContaining({ code: 'E_HOST_IN_USE' }))
    world.network.partition('a', 'b')
    world.network.kill('b', 'nothing')
    await world.addHost('b')
    const dial = world.dial('a', 'b')
    await world.clock.advance(2 * SECOND_MS)
    world.network.heal('a', 'b')
    await world.clock.advance(2 * SECOND_MS)
    expect((await dial).peerFingerprint).toBe('fp-b')
  })
})
