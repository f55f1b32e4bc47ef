import { describe, expect, test } from 'vitest'
import { foldName, refuseName } from '../../../src/content/safe-name.ts'
import { GOOD_NAMES, HOSTILE_NAMES } from './hostile-names.ts'

const hostile = Object.entries(HOSTILE_NAMES).flatMap(([why, names]) => names.map((name) => [why, name] as const))

test('more than 300 hostile names are in the table, none of them twice', () => {
  expect(new Set(hostile.map(([, name]) => name)).size).toBe(hostile.length)
  expect(hostile.length).toBeGreaterThan(300)
})

test.each(hostile)('a name that %s is refused: %j', (_, name) => {
  expect(refuseName(name)).toEqual(expect.any(String))
})

test.each(GOOD_NAMES.map((name) => [name]))('a name that people have is not: %j', (name) => {
  expect(refuseName(name)).toBeUndefined()
})

describe('two names fold to one', () => {
  test.each([
    ['a', 'A'],
    ['é', 'e\u0301'],
    ['É', 'e\u0301'],
    ['straße', 'STRASSE'],
    ['ſ', 's'],
    ['K', 'k'],
    ['Å', 'å'],
    ['σ', 'ς'],
    ['ﬁle', 'FILE'],
    ['ｆｕｌｌ', 'full'],
    ['a\u200db', 'ab'],
    ['ǆ', 'ǅ'],
  ])('%j and %j', (one, other) => expect(foldName(one)).toBe(foldName(other)))

  test.each([
    ['a', 'b'],
    ['a', 'á'],
    ['ab', 'a b'],
    ['世', '界'],
  ])('but not %j and %j', (one, other) => expect(foldName(one)).not.toBe(foldName(other)))
})
