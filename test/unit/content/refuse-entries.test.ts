import { describe, expect, test } from 'vitest'
import { type Entry, TOP } from '../../../src/content/entries.ts'
import { refuseEntries } from '../../../src/content/refuse-entries.ts'
import { entriesOf } from './entry-lists.ts'
import { GOOD_NAMES, HOSTILE_NAMES } from './hostile-names.ts'

const top = entriesOf('top/')
const named = (name: string): Entry[] => [...top, { kind: 'file', name, in: 0, bytes: 0, mode: 0, modifiedMs: 0 }]

describe('a list', () => {
  test('of an ordinary tree is accepted', () => {
    const list = entriesOf(
      'top/',
      'top/x',
      'top/sub/',
      'top/sub/x',
      'top/link -> sub/x',
      'top/sub/back -> ../x',
      'other',
    )
    expect(refuseEntries(list)).toBeUndefined()
  })

  test('is refused whole for one hostile name, wherever it stands', () => {
    for (const names of Object.values(HOSTILE_NAMES)) {
      for (const name of names) {
        expect(refuseEntries(named(name)), JSON.stringify(name)).toMatchObject({ path: `top/${name}` })
      }
    }
  })

  test.each(GOOD_NAMES.map((name) => [name]))('with %j is accepted', (name) => {
    expect(refuseEntries(named(name))).toBeUndefined()
  })

  test.each<[string, readonly Entry[], RegExp]>([
    ['two entries of one name', entriesOf('top/', 'top/a', 'top/a'), /twice/],
    ['a file that is also a folder', entriesOf('top/', 'top/a', 'top/a/'), /twice/],
    ['names that differ in case', entriesOf('top/', 'top/Makefile', 'top/makefile'), /same as 'Makefile'/],
    ['names that differ in their normal form', entriesOf('top/', 'top/é', 'top/e\u0301'), /same as/],
    ['tops that differ in case', entriesOf('top/', 'TOP/'), /same as 'top'/],
    [
      'an entry in a file',
      [...entriesOf('top'), ...entriesOf('x').map((entry) => ({ ...entry, in: 0 }))],
      /is in a file/,
    ],
    ['a link at the top', entriesOf('top -> x'), /in no folder/],
  ])('with %s is refused', (_, list, why) => {
    expect(refuseEntries(list)?.why).toMatch(why)
  })

  test('is refused for a path that is too long or too deep', () => {
    const chain = (depth: number, name: string) =>
      Array.from(
        { length: depth },
        (_, k): Entry => ({ kind: 'folder', name, in: k - 1 < 0 ? TOP : k - 1, mode: 0, modifiedMs: 0 }),
      )
    expect(refuseEntries(chain(128, 'a'))).toBeUndefined()
    expect(refuseEntries(chain(129, 'a'))?.why).toMatch(/deeper than 128/)
    expect(refuseEntries(chain(8, 'x'.repeat(255)))).toBeUndefined()
    expect(refuseEntries(chain(9, 'x'.repeat(255)))?.why).toMatch(/longer than 2048/)
  })
})

describe('a link', () => {
  const accepted = [
    'x',
    './x',
    'sub/x',
    'sub/../x',
    '.',
    'sub//x/',
    'missing',
    'missing/../x',
    'missing/a/../../x',
    'to-sub/x',
    'to-sub/../x',
    'sub/up/x',
  ]
  const tree = (target: string) =>
    entriesOf(
      'top/',
      'top/x',
      'top/sub/',
      'top/sub/x',
      'top/to-sub -> sub',
      'top/sub/up -> ..',
      `top/link -> ${target}`,
    )

  test.each(accepted)('to %s stays inside', (target) => expect(refuseEntries(tree(target))).toBeUndefined())

  const outside = [
    ...['..', '../', '../top', '../x', '../../x', 'sub/../..', 'sub/../../top/x', './/..', 'missing/../..'],
    ...['/', '/etc/passwd', '//x', 'sub/up/..', 'sub/up/../top', 'to-sub/../..', 'to-sub/up/sub/../..'],
    ...['c:/x', 'x\\..\\..', '..\\x', 'nul', 'x\u0000', 'sub/\u202ex', 'sub/aux.txt', 'x '],
    `${'a/'.repeat(600)}x`,
  ]
  test.each(outside)('to %j is refused', (target) => {
    expect(refuseEntries(tree(target))).toMatchObject({ path: 'top/link', why: expect.any(String) })
  })

  test('in two steps leads out no better than in one', () => {
    // Each of them alone stays inside.
    const list = entriesOf('top/', 'top/a/', 'top/a/b/', 'top/a/b/c -> ../..', 'top/d -> a/b/c/..')
    expect(refuseEntries(list)).toMatchObject({ path: 'top/d', why: expect.stringContaining('leads out') })
  })

  test('that leads to itself, or to more links than can be followed, is refused at once', () => {
    expect(refuseEntries(entriesOf('top/', 'top/a -> a'))?.why).toMatch(/more than 40 links/)
    const doubling = Array.from({ length: 60 }, (_, k) => `top/l${k} -> l${k + 1}/../l${k + 1}`)
    expect(refuseEntries(entriesOf('top/', ...doubling, 'top/l60/'))?.why).toMatch(/links|parts/)
  })

  test('of one top does not lead into another', () => {
    expect(refuseEntries(entriesOf('one/', 'one/l -> ../two/x', 'two/', 'two/x'))?.why).toMatch(/leads out/)
  })
})
