import { describe, expect, test } from 'vitest'
import { Keepalive } from '../../../src/link/keepalive.ts'
import type { Clock } from '../../../src/system/clock.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { frameOf, MemoryWorld } from './memory-world.ts'

const SECOND_MS = 1000
const TIMES = { pingAfterMs: 5 * SECOND_MS, silentAfterMs: 15 * SECOND_MS }

function watched(clock: VirtualClock, keepaliveClock: Clock = clock) {
  const events: string[] = []
  const keepalive = new Keepalive(keepaliveClock, TIMES, {
    ping: () => events.push(`ping@${clock.monotonic() / SECOND_MS}`),
    silent: () => events.push(`silent@${clock.monotonic() / SECOND_MS}`),
  })
  return { keepalive, events }
}

describe('keepalive', () => {
  test('asks a silent peer, and gives it up once, when its time is over', async () => {
    const clock = new VirtualClock()
    const { events } = watched(clock)
    await clock.advance(60 * SECOND_MS)
    expect(events).toEqual(['ping@5', 'ping@10', 'silent@15'])
  })

  test('asks nothing while both sides talk', async () => {
    const clock = new VirtualClock()
    const { keepalive, events } = watched(clock)
    for (let k = 0; k < 20; k += 1) {
      await clock.advance(4 * SECOND_MS)
      keepalive.heard()
      keepalive.said()
    }
    expect(events).toEqual([])
  })

  test('says something often enough to a peer that only talks', async () => {
    const clock = new VirtualClock()
    const { keepalive, events } = watched(clock)
    for (let k = 0; k < 12; k += 1) {
      await clock.advance(SECOND_MS)
      keepalive.heard()
    }
    expect(events).toEqual(['ping@5', 'ping@10'])
  })

  test('asks a silent peer also while it is being talked to', async () => {
    const clock = new VirtualClock()
    const { keepalive, events } = watched(clock)
    for (let k = 0; k < 16; k += 1) {
      keepalive.said()
      await clock.advance(SECOND_MS)
    }
    expect(events).toEqual(['ping@5', 'silent@15'])
  })

  test('a process that stood still does not blame its peer for the time', async () => {
    const clock = new VirtualClock()
    let standstillMs = 0
    const behind: Clock = { ...bound(clock), monotonic: () => clock.monotonic() + standstillMs }
    const { events } = watched(clock, behind)
    standstillMs = 100 * SECOND_MS
    await clock.advance(14 * SECOND_MS)
    expect(events.filter((event) => event.startsWith('silent'))).toEqual([])
    await clock.advance(6.1 * SECOND_MS)
    expect(events.at(-1)).toBe('silent@20')
  })

  test('does nothing once it is stopped', async () => {
    const clock = new VirtualClock()
    const { keepalive, events } = watched(clock)
    keepalive.stop()
    await clock.advance(60 * SECOND_MS)
    expect(events).toEqual([])
  })
})

function bound(clock: VirtualClock): Clock {
  return {
    now: () => clock.now(),
    monotonic: () => clock.monotonic(),
    after: (delayMs, run, options) => clock.after(delayMs, run, options),
  }
}

describe('a link’s keepalive', () => {
  test('keeps an idle link open, unseen by its users, and keeps no process alive', async () => {
    const world = new MemoryWorld()
    await world.addHost('a')
    await world.addHost('b')
    const { near, far } = await world.join('a', 'b')
    await world.clock.advance(120 * SECOND_MS)
    expect([near.endings, far.endings, near.frames, far.frames]).toEqual([[], [], [], []])
    expect(near.link.receivedBytes).toBeGreaterThan(0)
    near.link.close()
    await world.clock.advance(SECOND_MS)
    expect(world.clock.pending).toBe(0)
  })

  test('does not take a peer for gone whose answers wait behind a minute of data', async () => {
    const world = new MemoryWorld({ bytesPerSecond: 20_000 })
    await world.addHost('a')
    await world.addHost('b')
    const { near, far } = await world.join('a', 'b')
    for (let k = 0; k < 12; k += 1) near.link.send(0x15, frameOf(100_000))
    await world.clock.advance(70 * SECOND_MS)
    expect(far.frames).toHaveLength(12)
    expect([near.endings, far.endings]).toEqual([[], []])
  })

  test('does not answer PINGs of a peer that does not read', async () => {
    const world = new MemoryWorld({ windowBytes: 10_000 })
    await world.addHost('a')
    await world.addHost('b')
    const { near, far } = await world.join('a', 'b')
    world.network.partition('b', 'a', { oneWay: true })
    for (let k = 0; k < 4; k += 1) far.link.send(0x15, frameOf(100_000))
    const heldBytes = far.link.bufferedBytes
    near.link.send(0x06)
    await world.clock.advance(SECOND_MS)
    expect(far.link.receivedBytes).toBe(8)
    expect(far.link.bufferedBytes).toBe(heldBytes)
  })

  test('a closed link whose peer takes nothing is cut after a while', async () => {
    const world = new MemoryWorld()
    await world.addHost('a')
    await world.addHost('b')
    const { near } = await world.join('a', 'b')
    world.network.halfOpen(near.link)
    near.link.send(0x15, frameOf(100_000))
    near.link.close()
    await world.clock.advance(9 * SECOND_MS)
    expect(near.endings).toEqual([])
    await world.clock.advance(1.1 * SECOND_MS)
    expect(near.endings).toMatchObject([{ code: 'E_LINK_LOST' }])
  })
})
