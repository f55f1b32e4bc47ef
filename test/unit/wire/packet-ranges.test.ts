import fc from 'fast-check'
import { expect, test } from 'vitest'
import { fromRanges, MAX_RANGE_NUMBERS, toRangeLists, toRanges } from '../../../src/wire/packet-ranges.ts'

const ascending = fc
  .uniqueArray(fc.oneof(fc.nat(300), fc.nat(0xffff_ffff)), { maxLength: 200 })
  .map((numbers) => numbers.sort((a, b) => a - b))

test('neighbours become one range', () => {
  expect(toRanges([])).toEqual([])
  expect(toRanges([4])).toEqual([4, 1])
  expect(toRanges([0, 1, 2, 9, 11, 12])).toEqual([0, 3, 9, 1, 11, 2])
})

test('the ranges of any ascending numbers give the same numbers back', () => {
  fc.assert(
    fc.property(ascending, (numbers) => {
      expect([...fromRanges(toRanges(numbers))]).toEqual(numbers)
    }),
  )
})

test('ranges are as few as they can be: none is empty and no two touch', () => {
  fc.assert(
    fc.property(ascending, (numbers) => {
      const flat = toRanges(numbers)
      for (let at = 0; at < flat.length; at += 2) {
        const [first, count, next] = flat.slice(at, at + 3) as [number, number, number | undefined]
        expect(count).toBeGreaterThan(0)
        if (next !== undefined) expect(next).toBeGreaterThan(first + count)
      }
    }),
  )
})

test('numbers that one message does not take are shared among several, and none is lost', () => {
  const every = (step: number, count: number) => Array.from({ length: count }, (_, k) => k * step)
  expect(toRangeLists([])).toEqual([])
  expect(toRangeLists(every(1, 5000))).toEqual([[0, 5000]])
  expect(toRangeLists(every(2, MAX_RANGE_NUMBERS / 2))).toHaveLength(1)
  const lists = toRangeLists(every(2, MAX_RANGE_NUMBERS + 1))
  expect(lists.map(({ length }) => length)).toEqual([MAX_RANGE_NUMBERS, MAX_RANGE_NUMBERS, 2])
  expect(lists.flatMap((list) => [...fromRanges(list)])).toEqual(every(2, MAX_RANGE_NUMBERS + 1))
})

test('at most as many numbers as asked for are made, however many the ranges claim', () => {
  const claimed = [7, 0xffff_ffff, 0, 0xffff_ffff]
  expect([...fromRanges(claimed, 3)]).toEqual([7, 8, 9])
  expect([...fromRanges(claimed, 0)]).toEqual([])
  const numbers = fromRanges(claimed)
  expect([numbers.next().value, numbers.next().value]).toEqual([7, 8])
})

test('a first without its count is nothing', () => {
  expect([...fromRanges([3, 2, 9])]).toEqual([3, 4])
})
