import { describe, expect, test } from 'vitest'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { KeptClock } from '../../../src/terminal/clock-record.ts'
import { MainClock } from '../../../src/terminal/main-clock.ts'

/** The main server's clock is an hour ahead of this machine's. */
const AHEAD_MS = 3_600_000

async function world(clock = new VirtualClock(), disk: { kept?: KeptClock } = {}) {
  const record = {
    read: () => disk.kept,
    keep: async (kept: KeptClock) => {
      disk.kept = kept
    },
  }
  const startWallMs = clock.now()
  const mainNow = () => startWallMs + AHEAD_MS + clock.monotonic()
  const mainClock = MainClock.load({ clock, record, log: createMemoryLog() })
  /** A question that takes `thereMs` to the main server and `backMs` back. */
  const read = async (thereMs: number, backMs: number) => {
    const { sequence } = mainClock.ask()
    await clock.advance(thereMs)
    const nowMs = mainNow()
    await clock.advance(backMs)
    return mainClock.answered({ sequence, nowMs })
  }
  const errorMs = () => (mainClock.now() ?? Number.NaN) - mainNow()
  return { clock, disk, mainClock, read, errorMs, mainNow }
}

describe("the main server's clock", () => {
  test('is not known before it was read', async () => {
    expect((await world()).mainClock.now()).toBeUndefined()
  })

  test('is read to within half of the round trip', async () => {
    const { read, errorMs } = await world()
    await read(30, 10)
    expect(errorMs()).toBe(10)
    await read(5, 5)
    expect(errorMs()).toBe(0)
  })

  test('is never taken to be much further than it is, however slow the way there', async () => {
    const { read, errorMs } = await world()
    await read(20_000, 0)
    expect(errorMs()).toBeLessThanOrEqual(250)
  })

  test('keeps the better of two readings that agree', async () => {
    const { read, errorMs } = await world()
    await read(2, 2)
    await read(900, 100)
    expect(errorMs()).toBe(0)
  })

  test('goes by the newer of two that contradict each other: it was set meanwhile', async () => {
    const { mainClock, read, clock } = await world()
    await read(2, 2)
    const { sequence } = mainClock.ask()
    await clock.advance(40)
    mainClock.answered({ sequence, nowMs: 5_000_000 })
    expect(mainClock.now()).toBe(5_000_020)
  })

  test('heeds no answer that it did not ask for, or not now', async () => {
    const { mainClock } = await world()
    expect(mainClock.answered({ sequence: 0, nowMs: 1 })).toBe(false)
    const { sequence } = mainClock.ask()
    mainClock.ask()
    expect(mainClock.answered({ sequence, nowMs: 1 })).toBe(false)
    expect(mainClock.now()).toBeUndefined()
  })

  test.each([-90_000_000, 90_000_000])("does not move when this machine's clock jumps by %i ms", async (byMs) => {
    const { clock, read, errorMs } = await world()
    await read(1, 1)
    clock.jumpWall(byMs)
    expect(errorMs()).toBe(0)
  })

  test('is known after a restart from what was kept, also when this clock had jumped before', async () => {
    const first = await world()
    await first.read(1, 1)
    first.clock.jumpWall(-90_000_000)
    first.mainClock.keep()
    const again = MainClock.load({
      clock: first.clock,
      record: { read: () => first.disk.kept, keep: async () => undefined },
      log: createMemoryLog(),
    })
    expect(again.now()).toBe(first.mainNow())
  })

  test('never falls behind what was read of it before', async () => {
    const first = await world()
    await first.read(1, 1)
    first.clock.jumpWall(-90_000_000)
    const again = MainClock.load({
      clock: first.clock,
      record: { read: () => first.disk.kept, keep: async () => undefined },
      log: createMemoryLog(),
    })
    expect(again.now()).toBe(first.mainNow())
  })

  test('is written down when it has changed, and not at every reading', async () => {
    const { disk, read, clock } = await world()
    await read(1, 1)
    const kept = disk.kept
    await read(1, 1)
    expect(disk.kept).toBe(kept)
    clock.jumpWall(1000)
    await read(1, 1)
    expect(disk.kept).not.toBe(kept)
  })
})
