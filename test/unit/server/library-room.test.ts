import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { freeRoom, heldBytes, makeRoom, outlived } from '../../../src/server/library-room.ts'

describe('room in the library', () => {
  const contents = [
    { transfer: 3, digest: 'c', bytes: 30, needed: false, elsewhere: false },
    { transfer: 1, digest: 'a', bytes: 10, needed: false, elsewhere: false },
    { transfer: 2, digest: 'b', bytes: 20, needed: true, elsewhere: false },
  ]

  test.each([
    [40, []],
    [41, [1]],
    [50, [1]],
    [51, [1, 3]],
    [80, [1, 3]],
  ])('for %i bytes more in 100, the oldest that everybody has go: %j', (bytes, giveUp) => {
    expect(makeRoom(contents, bytes, 100)).toEqual({ fits: true, giveUp, leaveToTerminals: [] })
  })

  test('is not made of what somebody is still to get, and the refusal says what to do', () => {
    const room = makeRoom(contents, 81, 100)
    expect(room).toEqual({
      fits: false,
      message: expect.stringMatching(/may hold 100 B .* holds 20 B .* has 81 B .*larger quota/),
    })
  })

  test('is made last of what terminals can deliver, which keeps its tables', () => {
    const owed = contents.map((content) => ({ ...content, elsewhere: content.needed }))
    expect(makeRoom(owed, 80, 100)).toEqual({ fits: true, giveUp: [1, 3], leaveToTerminals: [] })
    expect(makeRoom(owed, 81, 100)).toEqual({ fits: true, giveUp: [1, 3], leaveToTerminals: [2] })
  })

  test('never gives up what is needed, and never more than it must', () => {
    const content = fc.record({ bytes: fc.nat(100), needed: fc.boolean() })
    fc.assert(
      fc.property(fc.array(content), fc.nat(200), fc.nat(1000), (list, bytes, quota) => {
        const held = list.map((one, transfer) => ({ ...one, transfer, digest: String(transfer), elsewhere: false }))
        const room = makeRoom(held, bytes, quota)
        const left = (gone: readonly number[]) =>
          held.filter(({ transfer }) => !gone.includes(transfer)).reduce((sum, one) => sum + one.bytes, 0)
        if (!room.fits) {
          expect(left(held.filter(({ needed }) => !needed).map(({ transfer }) => transfer)) + bytes).toBeGreaterThan(
            quota,
          )
          return
        }
        expect(held.filter(({ transfer, needed }) => needed && room.giveUp.includes(transfer))).toEqual([])
        expect(left(room.giveUp) + bytes).toBeLessThanOrEqual(quota)
        if (room.giveUp.length > 0) expect(left(room.giveUp.slice(0, -1)) + bytes).toBeGreaterThan(quota)
      }),
    )
  })

  test('is counted once for a content that several transfers share, and made when all of them let go of it', () => {
    const shared = [...contents, { transfer: 4, digest: 'a', bytes: 10, needed: false, elsewhere: false }]
    expect(heldBytes(shared)).toBe(60)
    // The content of transfer 3 is older than the newest transfer of the shared one.
    expect(makeRoom(shared, 41, 100)).toEqual({ fits: true, giveUp: [3], leaveToTerminals: [] })
    expect(makeRoom(shared, 71, 100)).toEqual({ fits: true, giveUp: [3, 1, 4], leaveToTerminals: [] })
    const needed = shared.map((one) => (one.transfer === 4 ? { ...one, needed: true } : one))
    expect(makeRoom(needed, 71, 100).fits).toBe(false)
  })

  test('on the disk is made of nothing that somebody is still to get, or that is still coming in', () => {
    const incoming = { transfer: 9, digest: undefined, bytes: 50, needed: false, elsewhere: false }
    expect(freeRoom([...contents, incoming], 5)).toEqual([1])
    expect(freeRoom([...contents, incoming], Number.POSITIVE_INFINITY)).toEqual([1, 3])
    expect(freeRoom(contents, 0)).toEqual([])
  })
})

describe('what everybody has', () => {
  const kept = (transfer: number, destination: string, sinceMs: number, needed = false) => ({
    ...{ transfer, destination, sinceMs, needed, digest: String(transfer), bytes: 1, elsewhere: false },
  })

  test('is kept for as long as the owner wants', () => {
    expect(outlived([kept(1, 'a', 1000), kept(2, 'b', 1001)], 2000, 1000)).toEqual([1])
    expect(outlived([kept(1, 'a', 2000)], 2000, 0)).toEqual([1])
  })

  test('is kept no longer than until there is something newer for its destination', () => {
    expect(outlived([kept(1, 'a', 0), kept(2, 'b', 0), kept(3, 'a', 0)], 1, 1000)).toEqual([1])
  })

  test('is not what somebody is still to get', () => {
    expect(outlived([kept(1, 'a', 0, true), kept(2, 'a', 0, true)], 5000, 1000)).toEqual([])
  })
})
