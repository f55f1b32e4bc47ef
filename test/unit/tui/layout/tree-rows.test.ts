import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { symbolsFor } from '../../../../src/tui/layout/symbols.ts'
import { drawBranches } from '../../../../src/tui/layout/terminal-row.ts'
import { arrangeTree } from '../../../../src/tui/layout/tree-rows.ts'
import { sampleTerminal, sampleTree } from './sample-snapshot.ts'

const draw = (terminals: Parameters<typeof arrangeTree>[0]) =>
  arrangeTree(terminals).map((row) => drawBranches(row.continues, symbolsFor(true)) + row.terminal.name)

describe('the tree', () => {
  test('has each terminal below its upstream, siblings by rank', () => {
    const terminals = [
      sampleTerminal(3, 1),
      sampleTerminal(1, 0),
      sampleTerminal(4, 2),
      sampleTerminal(2, 0),
      sampleTerminal(5, 1),
    ]
    expect(draw(terminals)).toEqual(['├─web1', '│ ├─web3', '│ ╰─web5', '╰─web2', '  ╰─web4'])
  })

  test('puts a terminal without a known upstream below the main server', () => {
    expect(draw([sampleTerminal(1, null), sampleTerminal(2, 99)])).toEqual(['├─web1', '╰─web2'])
  })

  test('breaks a cycle that routes may show while they change', () => {
    expect(draw([sampleTerminal(1, 2), sampleTerminal(2, 1), sampleTerminal(3, 3)])).toHaveLength(3)
  })

  test('draws a chain of any depth', () => {
    const chain = Array.from({ length: 3000 }, (_, index) => sampleTerminal(index + 1, index))
    const rows = arrangeTree(chain)
    expect(rows).toHaveLength(3000)
    expect(drawBranches(rows.at(-1)?.continues ?? [], symbolsFor(true))).toBe('…               ╰─')
  })

  test('shows every terminal exactly once, whatever the upstreams are', () => {
    const upstreams = fc.array(fc.option(fc.integer({ min: 0, max: 30 }), { nil: null }), { maxLength: 25 })
    fc.assert(
      fc.property(upstreams, (list) => {
        const terminals = list.map((upstream, index) => sampleTerminal(index + 1, upstream))
        const shown = arrangeTree(terminals).map((row) => row.terminal.handle)
        expect(shown.toSorted((a, b) => a - b)).toEqual(terminals.map((terminal) => terminal.handle))
      }),
    )
  })

  test('keeps a tree of fan-out 3 in depth-first order', () => {
    expect(draw(sampleTree(7, 3, ['planned']))).toEqual([
      '├─web1',
      '│ ├─web4',
      '│ ├─web5',
      '│ ╰─web6',
      '├─web2',
      '│ ╰─web7',
      '╰─web3',
    ])
  })
})
