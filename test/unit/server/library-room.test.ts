import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { makeRoom } from '../../../src/server/library-room.ts'

describe('room in the library', () => {
  const contents = [
    { transfer: 3, bytes: 30, needed: false, elsewhere: false },
    { transfer: 1, bytes: 10, needed: false, elsewhere: false },
    { transfer: 2, bytes: 20, needed: true, elsewhere: false },
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
        const held = list.map((one, transfer) => ({ ...one, transfer, elsewhere: false }))
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
})
