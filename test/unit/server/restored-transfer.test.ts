import { describe, expect, test } from 'vitest'
import { ageOf } from '../../../src/server/restored-transfer.ts'

describe('how long a transfer took, told by a main server that was started again,', () => {
  test('counts from its beginning while it is under way', () => {
    expect(ageOf({ createdAt: 1000, finishedAt: null }, 22_000)).toEqual({ startedMsAgo: 21_000, endedMsAgo: 0 })
  })

  test('stays what it was for one that was over', () => {
    const { startedMsAgo, endedMsAgo } = ageOf({ createdAt: 1000, finishedAt: 4000 }, 22_000)
    expect(startedMsAgo - endedMsAgo).toBe(3000)
  })

  test('is never negative, whatever was done to the clock', () => {
    expect(ageOf({ createdAt: 9000, finishedAt: null }, 5000)).toEqual({ startedMsAgo: 0, endedMsAgo: 0 })
    expect(ageOf({ createdAt: 9000, finishedAt: 8000 }, 5000)).toEqual({ startedMsAgo: 0, endedMsAgo: 0 })
  })
})
