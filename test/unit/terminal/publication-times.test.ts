import { describe, expect, onTestFinished, test } from 'vitest'
import { createMemoryLog } from '../../../src/system/memory-log.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { MainClock } from '../../../src/terminal/main-clock.ts'
import { PublicationTimes } from '../../../src/terminal/publication-times.ts'

/** A terminal whose main server answers at once, when it is there. */
async function world(failures = { withdraw: 0 }) {
  const clock = new VirtualClock()
  const startMs = clock.now()
  const log = createMemoryLog()
  const record = { read: () => undefined, keep: async () => undefined }
  const mainClock = MainClock.load({ clock, log, record })
  const done: string[] = []
  const asked: number[] = []
  const main = { present: false, confirms: true, aheadMs: 0 }
  const note = (what: string) => async (transfer: number) =>
    void done.push(`${what} ${transfer} at ${clock.monotonic()}`)
  const times: PublicationTimes = new PublicationTimes({
    ...{ clock, log, mainClock },
    askClock: () => {
      const { sequence } = mainClock.ask()
      if (!main.present) return
      mainClock.answered({ sequence, nowMs: startMs + clock.monotonic() + main.aheadMs })
      times.clockRead()
    },
    askConfirmation: (transfer) => {
      asked.push(transfer)
      if (main.present && main.confirms) times.confirmed(transfer)
    },
    work: {
      publish: note('publish'),
      expire: note('expire'),
      withdraw: async (transfer) => {
        if (failures.withdraw-- > 0) throw new Error('EIO')
        await note('withdraw')(transfer)
      },
    },
  })
  onTestFinished(() => times.stop())
  const connect = () => {
    main.present = true
    times.connected()
  }
  const schedule = (
    transfer: number,
    stage: 'receiving' | 'received' | 'active',
    activateAfterMs: number | null,
    deactivateAfterMs: number | null = null,
  ) =>
    times.schedule({
      ...{ transfer, stage },
      activateAtMs: activateAfterMs === null ? null : startMs + activateAfterMs,
      deactivateAtMs: deactivateAfterMs === null ? null : startMs + deactivateAfterMs,
    })
  return { clock, times, done, asked, main, connect, schedule }
}

describe('content goes live', () => {
  test('at its time, to the millisecond of the clock that was read', async () => {
    const { clock, done, connect, schedule } = await world()
    connect()
    schedule(7, 'received', 100_000)
    await clock.advance(99_999)
    expect(done).toEqual([])
    await clock.advance(1)
    expect(done).toEqual(['publish 7 at 100000'])
  })

  test('at once when its time is over', async () => {
    const { clock, done, connect, schedule } = await world()
    connect()
    await clock.advance(50)
    schedule(7, 'received', 20)
    await clock.advance(0)
    expect(done).toEqual(['publish 7 at 50'])
  })

  test("by the main server's clock, also when that is set meanwhile", async () => {
    const { clock, done, connect, schedule, main } = await world()
    connect()
    schedule(7, 'received', 100_000)
    await clock.advance(40_000)
    main.aheadMs = -10_000
    await clock.advance(69_999)
    expect(done).toEqual([])
    await clock.advance(1)
    expect(done).toEqual(['publish 7 at 110000'])
  })

  test("whatever this machine's clock does", async () => {
    const { clock, done, connect, schedule } = await world()
    connect()
    schedule(7, 'received', 100_000)
    clock.jumpWall(200_000)
    await clock.advance(50_000)
    clock.jumpWall(-900_000)
    await clock.advance(50_000)
    expect(done).toEqual(['publish 7 at 100000'])
  })

  test('also when the main server went away', async () => {
    const { clock, done, connect, schedule, times, main } = await world()
    connect()
    schedule(7, 'received', 100_000)
    await clock.advance(40_000)
    main.present = false
    times.disconnected()
    await clock.advance(60_000)
    expect(done).toEqual(['publish 7 at 100000'])
  })

  test('not before the main server that is there has said that it was not called off', async () => {
    const { clock, done, connect, schedule, main, times } = await world()
    main.confirms = false
    connect()
    schedule(7, 'received', 10_000)
    await clock.advance(12_000)
    expect(done).toEqual([])
    times.confirmed(7)
    await clock.advance(0)
    expect(done).toEqual(['publish 7 at 12000'])
  })

  test('without that word once it has waited long enough', async () => {
    const { clock, done, connect, schedule, main } = await world()
    main.confirms = false
    connect()
    schedule(7, 'received', 10_000)
    await clock.advance(20_000)
    expect(done).toEqual(['publish 7 at 15000'])
  })

  test('not when it was called off', async () => {
    const { clock, done, connect, schedule, times } = await world()
    connect()
    schedule(7, 'received', 10_000)
    times.forget(7)
    await clock.advance(60_000)
    expect(done).toEqual([])
  })

  test('and the main server is asked again at every connection', async () => {
    const { asked, connect, schedule, times } = await world()
    schedule(7, 'received', 10_000)
    expect(asked).toEqual([])
    connect()
    times.disconnected()
    connect()
    expect(asked).toEqual([7, 7])
  })
})

describe('content goes away', () => {
  test('at its time', async () => {
    const { clock, done, connect, schedule } = await world()
    connect()
    schedule(7, 'active', null, 5_000)
    await clock.advance(60_000)
    expect(done).toEqual(['withdraw 7 at 5000'])
  })

  test('and is never shown when that is over before it could be', async () => {
    const { clock, done, connect, schedule } = await world()
    connect()
    await clock.advance(10_000)
    schedule(7, 'received', 2_000, 8_000)
    schedule(8, 'receiving', 2_000, 12_000)
    await clock.advance(60_000)
    expect(done).toEqual(['expire 7 at 10000', 'expire 8 at 12000'])
  })

  test('later, when it could not be taken out at first', async () => {
    const { clock, done, connect, schedule } = await world({ withdraw: 2 })
    connect()
    schedule(7, 'active', null, 5_000)
    await clock.advance(60_000)
    expect(done).toEqual(['withdraw 7 at 25000'])
  })
})

test('without a time nothing happens, and nothing is asked', async () => {
  const { clock, done, connect, schedule, asked } = await world()
  connect()
  schedule(7, 'active', 1_000)
  await clock.advance(60_000)
  expect([done, asked]).toEqual([[], []])
  expect(clock.nextDueMs).toBeUndefined()
})
