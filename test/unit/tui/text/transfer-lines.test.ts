import { describe, expect, test } from 'vitest'
import { describeMissing, describeResult, describeTarget } from '../../../../src/tui/text/transfer-lines.ts'
import { sampleTerminal, sampleTransfer } from '../layout/sample-snapshot.ts'

const MiB = 1024 ** 2

describe('the line of a target', () => {
  test('says how much came how fast from whom', () => {
    const terminal = sampleTerminal(7, 2, { state: 'active', bytes: 24 * MiB, seconds: 3.2 })
    expect(describeTarget({ terminal, outcome: 'active', upstreams: ['web2'], message: undefined })).toBe(
      'web7 received 24.0 MiB in 3.2 s from web2',
    )
  })
  test('says why it failed or waits', () => {
    const terminal = sampleTerminal(9, 0)
    expect(describeTarget({ terminal, outcome: 'failed', upstreams: [], message: 'no space\x07' })).toBe(
      'web9 failed: no space\\u{7}',
    )
    expect(describeTarget({ terminal, outcome: 'pending', upstreams: [], message: 'offline' })).toBe(
      'web9 pending: offline',
    )
    expect(describeTarget({ terminal, outcome: 'pending', upstreams: [], message: undefined })).toBe('web9 pending')
  })
})

describe('the last line', () => {
  const active = sampleTerminal(1, 0, { state: 'active' })
  const failed = sampleTerminal(2, 0, { state: 'failed' })
  test('says how many have it', () => {
    expect(describeResult(sampleTransfer([active], { seconds: 3.2 }), { final: true })).toBe(
      'transfer 42 complete: 1 of 1 target has photos.tar (24.0 MiB) after 3.2 s',
    )
    expect(describeResult(sampleTransfer([active, failed], { seconds: 3.2 }), { final: true })).toBe(
      'transfer 42 partial: 1 of 2 targets have photos.tar (24.0 MiB) after 3.2 s, 1 failed',
    )
    expect(describeResult(sampleTransfer([failed]), { final: true })).toMatch(/^transfer 42 failed: 0 of 1 target has /)
  })
  test('says how to follow a transfer that was left to itself', () => {
    expect(describeResult(sampleTransfer([active]), { final: false })).toBe(
      'transfer 42 goes on: the main server has photos.tar (24.0 MiB). Follow it with: treecast status 42 --watch',
    )
  })
})

test('who lacks the content is told one a line, and of very many how many more', () => {
  const missing = Array.from({ length: 60 }, (_, k) => ({
    terminal: sampleTerminal(k + 1, 0, { state: 'pending' }),
    ...{ outcome: 'pending' as const, upstreams: [], message: 'it is \x1b[31moffline' },
  }))
  expect(describeMissing(missing.slice(0, 1))).toEqual(['  web1 pending: it is \\u{1b}[31moffline'])
  expect(describeMissing(missing).slice(49)).toEqual(['  web50 pending: it is \\u{1b}[31moffline', '  and 10 more'])
})
