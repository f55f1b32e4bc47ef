import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { select } from '../../../src/server/selector.ts'
import { parseSelector } from '../../../src/server/selector-terms.ts'

const terminal = (name: string, labels: Record<string, string> = {}, groups: string[] = []) => ({
  name,
  labels,
  groups,
})
const TERMINALS = [
  terminal('node1'),
  terminal('node2'),
  terminal('node01'),
  terminal('node12'),
  terminal('node120'),
  terminal('web1', { role: 'web' }, ['canary']),
  terminal('Web2', { role: 'web', site: 'north' }),
  terminal('db.x', { role: 'database' }),
]
const names = (selector: string) => select(TERMINALS, selector).map(({ name }) => name)
const selecting = (selector: string) => () => names(selector)

describe('a selector', () => {
  test.each([
    ['all', 8],
    ['ALL', 8],
    ['web1', ['web1']],
    ['WEB2', ['Web2']],
    ['web1,node1', ['node1', 'web1']],
    [' web1 , node1 ', ['node1', 'web1']],
    ['node[1-99,120]', ['node1', 'node2', 'node12', 'node120']],
    ['node[01-12]', ['node01', 'node12']],
    ['node[1]', ['node1']],
    ['web*', ['web1', 'Web2']],
    ['*', 8],
    ['node?', ['node1', 'node2']],
    ['{db,web}*', ['web1', 'Web2', 'db.x']],
    ['node*[0-9]', ['node1', 'node2', 'node01', 'node12', 'node120']],
    ['web[a-z1]', ['web1']],
    ['n*[12-99]', ['node12', 'node120']],
    ['role=web', ['web1', 'Web2']],
    ['role=*', ['web1', 'Web2', 'db.x']],
    ['site=north', ['Web2']],
    ['@canary', ['web1']],
    ['all,!web*', 6],
    ['!node*', ['web1', 'Web2', 'db.x']],
    ['!node*,role=web,!site=north', ['web1']],
    ['!role=nothing', 8],
    ['!@nothing,web1', ['web1']],
  ])('%s', (selector, expected) => {
    const found = names(selector)
    expect(typeof expected === 'number' ? found.length : found).toEqual(expected)
  })

  test.each([
    ['nobody', 'E_SELECTOR_UNKNOWN', "there is no terminal named 'nobody': `treecast rank` lists them"],
    ['web1,nod1', 'E_SELECTOR_UNKNOWN', "there is no terminal named 'nod1'. Did you mean node1?"],
    ['!wbe1', 'E_SELECTOR_UNKNOWN', 'Did you mean web1?'],
    ['mail*', 'E_SELECTOR_UNKNOWN', "no terminal has a name that matches 'mail*'"],
    ['node[300-400]', 'E_SELECTOR_UNKNOWN', "no terminal has a name that matches 'node[300-400]'"],
    ['role=wbe', 'E_SELECTOR_UNKNOWN', 'Did you mean role=web?'],
    ['Role=web', 'E_SELECTOR_UNKNOWN', "no terminal has the label 'Role=web'"],
    ['@canry', 'E_SELECTOR_UNKNOWN', 'Did you mean @canary?'],
    ['all,!all', 'E_SELECTOR_EMPTY', 'matches no terminal'],
    ['', 'E_SELECTOR_SYNTAX', 'has an empty part'],
    ['web1,,web2', 'E_SELECTOR_SYNTAX', 'has an empty part'],
    ['!', 'E_SELECTOR_SYNTAX', 'has an empty part'],
    ['node[1-9', 'E_SELECTOR_SYNTAX', 'has a bracket that is not closed'],
    ['node[9-1]', 'E_SELECTOR_SYNTAX', 'runs backwards: write [1-9]'],
    ['node[08-120]', 'E_SELECTOR_SYNTAX', 'of two widths: write [008-120], or [8-120]'],
    ['node[1-]', 'E_SELECTOR_SYNTAX', 'has the range [1-]'],
    ['node[]', 'E_SELECTOR_SYNTAX', 'has the range []'],
    ['node1]', 'E_SELECTOR_SYNTAX', 'neither a name, a range nor a glob'],
    ['role=', 'E_SELECTOR_SYNTAX', 'role=* for any value'],
    ['@', 'E_SELECTOR_SYNTAX', 'which is no group'],
    ['!!web1', 'E_SELECTOR_SYNTAX', 'Did you mean web1, or !web1?'],
    ['all,!!role=web', 'E_SELECTOR_SYNTAX', 'Did you mean role=web, or !role=web?'],
    ['web!1', 'E_SELECTOR_SYNTAX', 'a single ! before a term takes it away'],
    ['!!', 'E_SELECTOR_SYNTAX', 'Write !web7'],
    ['web 1', 'E_SELECTOR_SYNTAX', 'neither a name, a range nor a glob'],
    ['+(a|b)', 'E_SELECTOR_SYNTAX', 'neither a name, a range nor a glob'],
    ['*a*b*c*d*', 'E_SELECTOR_SYNTAX', 'more than 4 *'],
  ])('%s is refused', (selector, code, why) => {
    expect(selecting(selector)).toThrow(expect.objectContaining({ code, message: expect.stringContaining(why) }))
  })

  test('of a main server without terminals says how to get one', () => {
    expect(() => select([], 'all')).toThrow(/`treecast serve token`/)
  })
})

describe('for every', () => {
  const number = fc.integer({ min: 0, max: 100_000 })

  test('range, a name matches when its number lies within, and not otherwise', () => {
    fc.assert(
      fc.property(number, number, number, (a, b, n) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const [term] = parseSelector(`n[${from}-${to}]`)
        expect(term?.matches(terminal(`n${n}`))).toBe(n >= from && n <= to)
        expect(term?.matches(terminal(`n0${n}`))).toBe(false)
        expect(term?.matches(terminal(`n${n}x`))).toBe(false)
      }),
    )
  })

  test('padded range, a name matches when its number lies within and is as wide', () => {
    fc.assert(
      fc.property(fc.integer({ min: 0, max: 999 }), fc.integer({ min: 0, max: 999 }), fc.nat(1200), (a, b, n) => {
        const [from, to] = [Math.min(a, b), Math.max(a, b)]
        const wide = (value: number) => String(value).padStart(5, '0')
        const [term] = parseSelector(`n[${wide(from)}-${wide(to)}]`)
        expect(term?.matches(terminal(`n${wide(n)}`))).toBe(n >= from && n <= to)
        expect(term?.matches(terminal(`n${n}`))).toBe(false)
      }),
    )
  })

  test('text, parsing ends with terms or a refusal of the selector', () => {
    const parts = fc.constantFrom(
      'a',
      '1',
      '-',
      ',',
      '[',
      ']',
      '{',
      '}',
      '*',
      '?',
      '!',
      '@',
      '=',
      '.',
      ' ',
      '\\',
      '(',
      '^',
    )
    fc.assert(
      fc.property(fc.array(parts, { maxLength: 20 }), (characters) => {
        try {
          for (const term of parseSelector(characters.join(''))) term.matches(terminal('a1'))
        } catch (error) {
          expect(error).toMatchObject({ code: 'E_SELECTOR_SYNTAX' })
        }
      }),
    )
  })

  test('selection, what is taken away and what is left are all', () => {
    const some = fc.subarray(
      TERMINALS.map(({ name }) => name),
      { minLength: 1, maxLength: TERMINALS.length - 1 },
    )
    fc.assert(
      fc.property(some, (chosen) => {
        const left = names(`all,${chosen.map((name) => `!${name}`).join(',')}`)
        expect([...left, ...names(chosen.join(','))].sort()).toEqual(names('all').sort())
      }),
    )
  })
})
