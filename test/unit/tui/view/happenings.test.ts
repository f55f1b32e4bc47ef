import { describe, expect, test } from 'vitest'
import { happeningsBetween } from '../../../../src/tui/view/happenings.ts'
import type { TerminalSnapshot, TransferSnapshot } from '../../../../src/wire/snapshot.ts'
import { sampleTerminal, sampleTransfer } from '../layout/sample-snapshot.ts'

/** What is told when the second of two terminals, below the first, changes like that. */
function told(
  before: Partial<TerminalSnapshot>,
  after: Partial<TerminalSnapshot>,
  more: Partial<TransferSnapshot> = {},
) {
  const transfer = (change: Partial<TerminalSnapshot>, rest: Partial<TransferSnapshot> = {}) =>
    sampleTransfer([sampleTerminal(1, 0), sampleTerminal(2, 1, change)], rest)
  return happeningsBetween(transfer(before), transfer(after, { seconds: 20, ...more })).map(({ text }) => text)
}

describe('what is told', () => {
  test('is nothing while all goes well', () => {
    expect(told({ state: 'routed' }, { state: 'receiving', bytes: 5 })).toEqual([])
    expect(told({ state: 'receiving' }, { state: 'active' })).toEqual([])
  })

  test('is a new upstream', () => {
    expect(told({ upstreams: [1] }, { upstreams: [0] })).toEqual(['web2 now receives from main instead of web1'])
  })

  test('is a promotion when it comes nearer to the main server by that', () => {
    expect(told({ upstreams: [1], depth: 2 }, { upstreams: [0], depth: 1 })).toEqual([
      'web2 is promoted: it now receives from main instead of web1',
    ])
  })

  test('is no reroute when the first upstream gets known', () => {
    expect(told({ upstreams: [null] }, { upstreams: [1] })).toEqual([])
  })

  test('names the stripe where there are several', () => {
    expect(told({ upstreams: [1, 0] }, { upstreams: [1, 1] })).toEqual([
      'web2 now receives from web1 instead of main, stripe 2',
    ])
  })

  test('is a failure with its reason, escaped', () => {
    const error = { code: 'E_NO_SPACE', message: 'full\x1b[2J' }
    expect(told({ state: 'receiving' }, { state: 'failed', error })).toEqual(['web2 failed: full\\u{1b}[2J'])
  })

  test('is a delivery that is put off, and one that is tried again', () => {
    const error = { code: 'E_OFFLINE', message: 'offline' }
    expect(told({ state: 'receiving' }, { state: 'pending', error })).toEqual(['web2 is pending: offline'])
    expect(told({ state: 'pending', error }, { state: 'routed' })).toEqual(['web2 is tried again'])
  })

  test('is how many packets failed the check', () => {
    expect(told({ refused: 1 }, { refused: 3 })).toEqual(['web2 refused 2 packets that failed the check'])
  })

  test('is that the main server has it all', () => {
    expect(told({}, {}, { contentDigest: '00' })).toEqual([
      'main has the whole content: the transfer no longer needs the pusher',
    ])
  })

  test('is nothing of another transfer', () => {
    expect(told({ upstreams: [1] }, { upstreams: [0] }, { transfer: 43 })).toEqual([])
  })
})
