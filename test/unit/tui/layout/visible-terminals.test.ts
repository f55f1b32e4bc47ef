import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { upstreamsInTree } from '../../../../src/tui/layout/tree-rows.ts'
import { chooseVisible, describeStates } from '../../../../src/tui/layout/visible-terminals.ts'
import { DELIVERY_STATES } from '../../../../src/wire/snapshot.ts'
import { sampleTerminal, sampleTree } from './sample-snapshot.ts'

const names = (terminals: readonly { name: string }[]) => terminals.map((terminal) => terminal.name)

describe('a screen with too few rows', () => {
  test('shows receiving terminals first, then failed ones, each with the terminals above it', () => {
    const terminals = [
      sampleTerminal(1, 0, { state: 'active' }),
      sampleTerminal(2, 0, { state: 'active' }),
      sampleTerminal(3, 1, { state: 'planned' }),
      sampleTerminal(4, 2, { state: 'receiving' }),
      sampleTerminal(5, 0, { state: 'failed' }),
    ]
    expect(names(chooseVisible(terminals, 2))).toEqual(['web2', 'web4'])
    expect(names(chooseVisible(terminals, 3))).toEqual(['web2', 'web4', 'web5'])
  })

  test('shows all of them when they fit', () => {
    const terminals = sampleTree(9, 3, ['active'])
    expect(chooseVisible(terminals, 9)).toBe(terminals)
  })

  test('never shows more than it has rows, and never a terminal without those above it', () => {
    const states = fc.array(fc.constantFrom(...DELIVERY_STATES), { minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(states, fc.integer({ min: 1, max: 60 }), fc.integer({ min: 0, max: 40 }), (around, count, rows) => {
        const terminals = sampleTree(count, 3, around)
        const upstreams = upstreamsInTree(terminals)
        const shown = new Set(chooseVisible(terminals, rows).map((terminal) => terminal.handle))
        expect(shown.size).toBeLessThanOrEqual(rows)
        for (const handle of shown) expect([0, ...shown]).toContain(upstreams.get(handle))
      }),
    )
  })
})

test('what is left out is counted by state', () => {
  expect(describeStates(sampleTree(9, 3, ['active', 'active', 'receiving']))).toBe('3 receiving, 6 active')
})
