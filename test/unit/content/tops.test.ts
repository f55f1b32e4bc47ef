import { describe, expect, test } from 'vitest'
import { isListOf, refuseTops, type Top, topsOf } from '../../../src/content/tops.ts'
import { entriesOf } from './entry-lists.ts'

const folder = (destination: string): Top => ({ destination, kind: 'folder' })
const content = (destination: string, ...tops: Top[]) => ({ destination, entryList: { tops } })

describe('what lands by a name of its own', () => {
  test('is the one file of a content without an entry list', () => {
    expect(topsOf({ destination: 'a/b', entryList: null })).toEqual([{ destination: 'a/b', kind: 'file' }])
  })

  test.each([
    [{ destination: 'a/b', entryList: null }],
    [content('a/b', folder('a/b'))],
    [content('a', folder('a/x'), folder('a/y'))],
    [content('.', folder('x'), folder('y'))],
    [content('a', folder('a/x'))],
  ])('is accepted: %j', (wanted) => expect(refuseTops(wanted)).toBeUndefined())

  test.each([
    [{ destination: '../a', entryList: null }],
    [{ destination: '.', entryList: null }],
    [content('a')],
    [content('.', folder('.'))],
    [content('a', folder('b'))],
    [content('a', folder('a/../b'))],
    [content('a', folder('a/x/y'), folder('a/z'))],
    [content('a', folder('a'), folder('a/x'))],
    [content('.', folder('x'), folder('../y'))],
    [content('.', folder('x'), folder('.treecast'))],
    [content('a', folder('a/x'), folder('a/X'))],
  ])('is refused: %j', (wanted) => expect(refuseTops(wanted)).toMatchObject({ code: 'E_DESTINATION' }))
})

describe('an entry list', () => {
  const list = entriesOf('x/', 'x/y', 'z')
  const tops: Top[] = [folder('a/x'), { destination: 'a/z', kind: 'file' }]

  test('is that of its tops, by name and kind and in their order', () => {
    expect(isListOf(list, tops)).toBe(true)
    expect(isListOf(list, tops.toReversed())).toBe(false)
    expect(isListOf(list, tops.slice(1))).toBe(false)
    expect(isListOf(list, [...tops, folder('a/w')])).toBe(false)
    expect(isListOf(list, [folder('a/x'), folder('a/z')])).toBe(false)
    expect(isListOf(list, [folder('a/xx'), tops[1] as Top])).toBe(false)
  })
})
