import { describe, expect, test } from 'vitest'
import { readArguments } from '../../bench/arguments.ts'
import { inEveryRun } from '../../bench/checks.ts'
import { type Entry, succeeded } from '../../bench/report/entry.ts'
import { resultsDocument } from '../../bench/report/results-document.ts'
import { resultsTable } from '../../bench/report/results-table.ts'
import { summarize } from '../../bench/report/statistics.ts'

const measured: Entry = {
  name: 'first',
  summary: '',
  outcome: {
    measures: [{ name: 'push', unit: 's', values: [3, 1, 2.5], references: [{ name: 'F/B', value: 2 }] }],
    checks: [{ name: 'copies', holds: true, detail: '3 of 3' }],
    notes: ['a note'],
  },
}
const skipped: Entry = { name: 'second', summary: '', outcome: { skipped: 'no lab' } }
const failed: Entry = { name: 'third', summary: '', outcome: { failed: 'it broke' } }

test('a median is the middle value, or half-way between the two in the middle', () => {
  expect(summarize([10, 9, 1])).toEqual({ median: 9, min: 1, max: 10 })
  expect(summarize([4, 1, 2, 10])).toEqual({ median: 3, min: 1, max: 10 })
  expect(() => summarize([])).toThrow(RangeError)
})

describe('the report', () => {
  test('is a table of medians, with what was checked, noted, skipped and failed below', () => {
    expect(resultsTable([measured, skipped, failed])).toBe(
      [
        'scenario  measure  median    min–max  runs  compared',
        'first     push     2.50 s  1.00–3.00     3  1.25 × F/B',
        '',
        'first: holds: copies (3 of 3)',
        'first: a note',
        'second skipped: no lab',
        'third failed: it broke',
      ].join('\n'),
    )
  })

  test('as JSON has every value', () => {
    const { scenarios } = resultsDocument([measured, skipped]) as { scenarios: unknown[] }
    expect(scenarios).toMatchObject([
      { name: 'first', measures: [{ values: [3, 1, 2.5], median: 2.5, references: [{ name: 'F/B', ratio: 1.25 }] }] },
      { name: 'second', skipped: 'no lab' },
    ])
  })

  test('counts as good unless a scenario failed or a check did not hold', () => {
    expect([measured, skipped, failed].map(succeeded)).toEqual([true, true, false])
    const checks = [{ name: 'copies', holds: false, detail: '2 of 3' }]
    expect(succeeded({ ...measured, outcome: { measures: [], checks, notes: [] } })).toBe(false)
  })

  test('says of a check that failed once that it failed', () => {
    const check = (holds: boolean, detail: string) => ({ name: 'copies', holds, detail })
    expect(inEveryRun([check(true, 'all'), check(false, 'not t3'), check(true, 'all')])).toEqual([
      check(false, 'not t3; 3 runs'),
    ])
  })
})

describe('the command line', () => {
  const known = ['first', 'second']

  test('names scenarios, runs and a file, and all scenarios when it names none', () => {
    expect(readArguments(['second', '--runs', '2', '--out', 'x.json'], known)).toEqual({
      names: ['second'],
      runs: 2,
      out: 'x.json',
    })
    expect(readArguments([], known)).toEqual({ names: known, runs: undefined, out: undefined })
  })

  test.each([[['third']], [['--runs', '0']], [['--runs', '1.5']], [['--fast']]])('refuses %j', (argv) => {
    expect(() => readArguments(argv, known)).toThrow()
  })
})
