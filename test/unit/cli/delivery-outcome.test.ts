import { describe, expect, test } from 'vitest'
import { errorOf, OutcomeChanges, upstreamNames } from '../../../src/cli/delivery-outcome.ts'
import { sampleTerminal, sampleTransfer } from '../tui/layout/sample-snapshot.ts'

const namesOf = (terminals: { name: string }[]) => terminals.map((terminal) => terminal.name)

describe('outcomes', () => {
  test('are told once each, by rank, and again when they change', () => {
    const changes = new OutcomeChanges()
    const receiving = sampleTerminal(1, 0, { state: 'receiving' })
    const pending = sampleTerminal(2, 0, { state: 'pending' })
    expect(namesOf(changes.next(sampleTransfer([receiving, pending])))).toEqual(['web2'])
    const received = { ...receiving, state: 'received' as const }
    expect(namesOf(changes.next(sampleTransfer([{ ...pending, state: 'active' }, received])))).toEqual(['web1', 'web2'])
    expect(changes.next(sampleTransfer([{ ...received, state: 'active' }]))).toEqual([])
  })

  test('name every upstream once, the main server as main', () => {
    const striped = sampleTerminal(3, 1, { upstreams: [1, 0, 1, null, 9] })
    const snapshot = sampleTransfer([sampleTerminal(1, 0), striped])
    expect(upstreamNames(snapshot)(striped)).toEqual(['web1', 'main', '9'])
  })

  test('have a reason when they are cancelled', () => {
    expect(errorOf(sampleTerminal(1, 0, { state: 'cancelled' }))?.code).toBe('E_CANCELLED')
    expect(errorOf(sampleTerminal(1, 0, { state: 'active' }))).toBeNull()
  })
})
