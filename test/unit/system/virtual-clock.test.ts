import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { every, sleep, withDeadline } from '../../../src/system/clock.ts'
import { ProcessClock } from '../../../src/system/process-clock.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

describe('the virtual clock', () => {
  test('runs due timers in the order of their times, those of one time in the order of setting', async () => {
    const clock = new VirtualClock()
    const ran: string[] = []
    for (const [name, delayMs] of [
      ['c', 30],
      ['a', 10],
      ['b', 20],
      ['b2', 20],
      ['late', 31],
    ] as const) {
      clock.after(delayMs, () => ran.push(`${name}@${clock.monotonic()}`))
    }
    await clock.advance(30)
    expect(ran).toEqual(['a@10', 'b@20', 'b2@20', 'c@30'])
    expect(clock.monotonic()).toBe(30)
  })

  test('agrees with sorting for any timers, some of them cancelled', async () => {
    const plan = fc.array(fc.record({ delayMs: fc.integer({ min: 0, max: 50 }), cancelled: fc.boolean() }), {
      maxLength: 300,
    })
    await fc.assert(
      fc.asyncProperty(plan, async (timers) => {
        const clock = new VirtualClock()
        const ran: number[] = []
        const set = timers.map(({ delayMs }, k) => clock.after(delayMs, () => ran.push(k)))
        timers.forEach(({ cancelled }, k) => {
          if (cancelled) set[k]?.cancel()
        })
        expect(clock.pending).toBe(timers.filter(({ cancelled }) => !cancelled).length)
        await clock.advance(50)
        const wanted = timers.map((timer, k) => ({ ...timer, k })).filter(({ cancelled }) => !cancelled)
        expect(ran).toEqual(wanted.toSorted((a, b) => a.delayMs - b.delayMs).map(({ k }) => k))
        expect(clock.pending).toBe(0)
      }),
      { numRuns: 50 },
    )
  })

  test('lets everything that waits on promises go on before time moves', async () => {
    const clock = new VirtualClock()
    const seen: number[] = []
    clock.after(10, async () => {
      for (let k = 0; k < 1000; k += 1) await null
      seen.push(clock.monotonic())
      await sleep(clock, 5)
      seen.push(clock.monotonic())
    })
    clock.after(12, () => seen.push(clock.monotonic()))
    await clock.advance(100)
    expect(seen).toEqual([10, 12, 15])
  })

  test('runs timers that are set while it runs, at once when their delay is nothing', async () => {
    const clock = new VirtualClock()
    const ran: number[] = []
    clock.after(1, () => {
      clock.after(0, () => ran.push(clock.monotonic()))
      clock.after(-5, () => ran.push(clock.monotonic()))
      clock.after(Number.NaN, () => ran.push(clock.monotonic()))
    })
    await clock.advance(1)
    expect(ran).toEqual([1, 1, 1])
  })

  test('a cancelled timer does not run, also when it is cancelled at its own time', async () => {
    const clock = new VirtualClock()
    let ran = false
    const timer = clock.after(5, () => {
      ran = true
    })
    clock.after(4, () => timer.cancel())
    await clock.advance(10)
    timer.cancel()
    expect(ran).toBe(false)
  })

  test('a jump of the wall clock moves now() and no timer', async () => {
    const clock = new VirtualClock()
    const wallMs = clock.now()
    clock.jumpWall(-3_600_000)
    await clock.advance(10)
    expect(clock.now()).toBe(wallMs - 3_600_000 + 10)
    expect(clock.monotonic()).toBe(10)
  })

  test('is idle when only background timers are left', async () => {
    const clock = new VirtualClock()
    const tick = (): void => void clock.after(4, tick, { background: true })
    tick()
    clock.after(10, () => {})
    expect(await clock.runUntilIdle(1_000_000)).toBe(true)
    expect(clock.monotonic()).toBe(10)
    every(clock, 1, () => {})
    expect(await clock.runUntilIdle(3)).toBe(false)
  })

  test('runUntil stops right after the timer that made it true, and says false when nothing can', async () => {
    const clock = new VirtualClock()
    let count = 0
    const timer = every(clock, 5, () => {
      count += 1
    })
    expect(await clock.runUntil(() => count === 3, 1000)).toBe(true)
    expect(clock.monotonic()).toBe(15)
    timer.cancel()
    expect(await clock.runUntil(() => false, 1000)).toBe(false)
  })

  test('throws on what a timer throws, and can go on', async () => {
    const clock = new VirtualClock()
    clock.after(1, () => {
      throw new Error('from a timer')
    })
    await expect(clock.advance(5)).rejects.toThrow('from a timer')
    await clock.advance(4)
    expect(clock.monotonic()).toBe(5)
  })

  test('refuses to be run twice at once', async () => {
    const clock = new VirtualClock()
    const first = clock.advance(5)
    await expect(clock.advance(5)).rejects.toMatchObject({ code: 'E_CLOCK_BUSY' })
    await first
  })

  test('carries deadlines', async () => {
    const clock = new VirtualClock()
    const late = withDeadline({ clock, ms: 50, what: 'the answer' }, new Promise(() => {}))
    const refused = expect(late).rejects.toMatchObject({ code: 'E_DEADLINE' })
    const inTime = withDeadline(
      { clock, ms: 50, what: 'the answer' },
      sleep(clock, 49).then(() => 'yes'),
    )
    await clock.advance(50)
    await refused
    expect(await inTime).toBe('yes')
    expect(clock.pending).toBe(0)
  })
})

describe('the clock of a modelled process', () => {
  test('holds timers back during a pause and runs them in order when it ends, but not cancelled ones', async () => {
    const clock = new VirtualClock()
    const process = new ProcessClock(clock)
    const ran: string[] = []
    const note = (name: string) => () => void ran.push(`${name}@${process.monotonic()}`)
    process.after(10, note('a'))
    const cancelled = process.after(15, note('cancelled'))
    process.after(20, note('b'))
    process.after(90, note('c'))
    process.pause()
    await clock.advance(50)
    expect(ran).toEqual([])
    cancelled.cancel()
    process.resume()
    await clock.advance(50)
    expect(ran).toEqual(['a@50', 'b@50', 'c@90'])
  })

  test('runs nothing any more once it is killed, paused or not', async () => {
    const clock = new VirtualClock()
    const process = new ProcessClock(clock)
    let ran = 0
    process.after(10, () => {
      ran += 1
    })
    process.after(30, () => {
      ran += 1
    })
    process.pause()
    await clock.advance(20)
    process.kill()
    process.resume()
    await clock.advance(50)
    expect(ran).toBe(0)
  })
})
