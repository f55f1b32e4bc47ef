import { describe, expect, test } from 'vitest'
import { readMoments } from '../../../src/server/publication-moments.ts'

const NOW = Date.UTC(2026, 11, 24, 12)
const at = (hour: number) => ({ ms: Date.UTC(2026, 11, 24, hour), relative: false })
const ahead = (ms: number) => ({ ms, relative: true })

describe('the times of a push', () => {
  test('are none when it names none', () => {
    expect(readMoments({ activate: null, deactivate: null }, NOW)).toEqual({ activateAtMs: null, deactivateAtMs: null })
  })

  test('count from when the main server hears of it, where they do', () => {
    const moments = readMoments({ activate: ahead(1000), deactivate: at(18) }, NOW)
    expect(moments).toEqual({ activateAtMs: NOW + 1000, deactivateAtMs: Date.UTC(2026, 11, 24, 18) })
  })

  test('may be now: +0s goes live at once', () => {
    expect(readMoments({ activate: ahead(0), deactivate: null }, NOW).activateAtMs).toBe(NOW)
  })

  test.each([
    ['an activation that is over', { activate: at(11), deactivate: null }, '--activate 2026-12-24T11:00:00Z is over'],
    ['a deactivation that is over', { activate: null, deactivate: at(11) }, 'Nothing would ever be shown'],
    ['a deactivation now', { activate: null, deactivate: ahead(0) }, 'Nothing would ever be shown'],
    ['a deactivation before the activation', { activate: at(18), deactivate: at(17) }, 'is not after --activate'],
    ['a deactivation at the activation', { activate: at(18), deactivate: at(18) }, 'is not after --activate'],
    ['a time that no calendar has', { activate: ahead(8e15), deactivate: null }, 'later than the year 9999'],
  ])('%s is refused', (_, wish, message) => {
    expect(() => readMoments(wish, NOW)).toThrow(
      expect.objectContaining({ code: 'E_TIME', message: expect.stringContaining(message) }),
    )
  })
})
