import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest'
import { systemClock } from '../../../src/system/real-clock.ts'

const DAY_MS = 86_400_000

describe('the system clock', () => {
  beforeEach(() => void vi.useFakeTimers())
  afterEach(() => void vi.useRealTimers())

  test('waits as long as it is told, also longer than the operating system’s timers can', () => {
    const ran: string[] = []
    systemClock.after(60 * DAY_MS, () => ran.push('sixty days'))
    systemClock.after(5, () => ran.push('five'))
    systemClock.after(-1, () => ran.push('now'))
    vi.advanceTimersByTime(5)
    expect(ran).toEqual(['now', 'five'])
    vi.advanceTimersByTime(60 * DAY_MS - 6)
    expect(ran).toEqual(['now', 'five'])
    vi.advanceTimersByTime(1)
    expect(ran).toEqual(['now', 'five', 'sixty days'])
  })

  test('a cancelled timer does not run, also in the middle of a long wait', () => {
    let ran = false
    const timer = systemClock.after(60 * DAY_MS, () => {
      ran = true
    })
    vi.advanceTimersByTime(59 * DAY_MS)
    timer.cancel()
    vi.advanceTimersByTime(2 * DAY_MS)
    expect(ran).toBe(false)
  })
})
