import { expect, test } from 'vitest'
import { goesWhole } from '../../../src/server/goes-whole.ts'
import { makePlan } from '../../../src/tree/make-plan.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const SMALL = { bytes: LIMITS.wholeContentBytes }
const targets = (count: number) => Array.from({ length: count }, (_, k) => ({ handle: k + 1, leaf: false }))
const classic = (count: number, fanOut: number) => makePlan(targets(count), { tree: 'classic', fanOut })

test('a small content goes whole to terminals that all stand directly below the main server', () => {
  expect(goesWhole(SMALL, classic(39, 39))).toBe(true)
  expect(goesWhole({ bytes: 0 }, classic(1, 3))).toBe(true)
})

test('one that is a byte too large goes down its tree', () => {
  expect(goesWhole({ bytes: LIMITS.wholeContentBytes + 1 }, classic(3, 3))).toBe(false)
})

test('one whose size nobody knows goes down its tree', () => {
  expect(goesWhole({ bytes: null }, classic(3, 3))).toBe(false)
})

test('one that somebody relays goes down its tree', () => {
  expect(goesWhole(SMALL, classic(4, 3))).toBe(false)
})

test('one of a striped tree goes down that, even to a single terminal', () => {
  expect(goesWhole(SMALL, makePlan(targets(1), { tree: 'striped', fanOut: 1 }))).toBe(false)
})
