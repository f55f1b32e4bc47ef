import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { PacketSet } from '../../../src/content/packet-set.ts'

const indices = fc.array(fc.nat({ max: 5000 }), { maxLength: 200 })

function setOf(numbers: Iterable<number>): PacketSet {
  const set = new PacketSet()
  for (const index of numbers) set.add(index)
  return set
}

describe('a set of packets', () => {
  test('holds exactly what was added', () => {
    fc.assert(
      fc.property(indices, (added) => {
        const set = setOf(added)
        const model = new Set(added)
        expect(set.size).toBe(model.size)
        for (let index = 0; index <= 5001; index++) if (set.has(index) !== model.has(index)) expect(index).toBe('wrong')
      }),
    )
  })

  test('says whether a packet was new', () => {
    fc.assert(
      fc.property(indices, (added) => {
        const set = new PacketSet()
        const model = new Set<number>()
        for (const index of added) {
          expect(set.add(index)).toBe(!model.has(index))
          model.add(index)
        }
      }),
    )
  })

  test('is the same again from its bytes', () => {
    fc.assert(
      fc.property(indices, (added) => {
        const again = new PacketSet(setOf(added).toBytes())
        expect(again.size).toBe(new Set(added).size)
        for (const index of added) expect(again.has(index)).toBe(true)
      }),
    )
  })

  test('shares no bytes with what it was made from or gave out', () => {
    const bytes = Uint8Array.of(0b101)
    const set = new PacketSet(bytes)
    bytes[0] = 0xff
    set.toBytes()[0] = 0xff
    expect([0, 1, 2, 3].filter((index) => set.has(index))).toEqual([0, 2])
  })

  test('keeps packet 0 in the least significant bit of the first byte', () => {
    expect(setOf([0, 9]).toBytes().subarray(0, 2)).toEqual(Uint8Array.of(1, 2))
  })
})

test.each([1, 2, 3, 7])('counts by the remainder of %i as the numbers themselves do', (divisor) => {
  fc.assert(
    fc.property(fc.uniqueArray(fc.nat(200)), (numbers) => {
      const set = new PacketSet()
      for (const number of numbers) set.add(number)
      const expected = Array.from(
        { length: divisor },
        (_, remainder) => numbers.filter((number) => number % divisor === remainder).length,
      )
      expect(set.countByRemainder(divisor)).toEqual(expected)
    }),
  )
})
