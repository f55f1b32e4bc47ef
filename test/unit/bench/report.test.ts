import { describe, expect, test } from 'vitest'
import { readArguments } from '../../bench/arguments.ts'
import { inEveryRun } from '../../bench/checks.ts'
import { PEER_NAMES } from '../../bench/peers/start-peers.ts'
import { drawCompletions } from '../../bench/report/completion-plot.ts'
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

  test('is drawn with a line for every program and a step for every host', async () => {
    const drawn = await drawCompletions('a title', [
      { name: 'treecast', seconds: [2, 1, 3] },
      { name: 'rsync', seconds: [10, 20, 30] },
    ])
    expect(drawn).toMatch(/^<svg .*a title.*<\/svg>$/s)
    for (const text of ['treecast', 'rsync', 'hosts that have the file']) expect(drawn).toContain(text)
    expect(drawn.match(/aria-roledescription="point"/g)).toHaveLength(6)
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
    const argv = ['second', '--runs', '2', '--peers', 'uftp,scp', '--out', 'x.json', '--plots', 'plots']
    expect(readArguments(argv, known)).toEqual({
      ...{ names: ['second'], runs: 2, peers: ['scp', 'uftp'] },
      ...{ out: 'x.json', plots: 'plots' },
    })
    expect(readArguments([], known)).toMatchObject({ names: known, runs: undefined, peers: PEER_NAMES, out: undefined })
    expect(readArguments(['--peers', 'none'], known).peers).toEqual([])
  })

  test.each([[['third']], [['--runs', '0']], [['--runs', '1.5']], [['--fast']], [['--peers', 'nobody']]])(
    'refuses %j',
    (argv) => {
      expect(() => readArguments(argv, known)).toThrow()
    },
  )
})
