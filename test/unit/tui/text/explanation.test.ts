import { describe, expect, test } from 'vitest'
import { type Explained, explainTerminal } from '../../../../src/tui/text/explanation.ts'
import type { TerminalSnapshot } from '../../../../src/wire/snapshot.ts'
import { sampleTerminal, sampleTransfer } from '../layout/sample-snapshot.ts'

const MiB = 1024 ** 2

function explained(facts: Partial<Explained> & { ranked?: Partial<Explained['terminal']> } = {}): string {
  const { ranked, ...rest } = facts
  const terminal = {
    ...{ rank: 2, name: 'web2', node: '', address: '10.0.0.2:7717', online: true, leaf: false, pinned: false },
    ...{ excluded: false, labels: [], groups: [], lastSeenAt: '2026-01-01T00:00:00Z', responseMs: 12, samples: 3 },
    ...{ bytesPerSecond: 8 * MiB, successRate: 1, history: [], freeBytes: null },
    score: { seconds: 2, responseSeconds: 0.01, trainSeconds: 1.99, retrySeconds: 0 },
    ...ranked,
  }
  return explainTerminal({
    ...{ terminal, terminals: 39, fastest: { name: 'web1', seconds: 1 }, usualResponseMs: 3 },
    ...{ usualBytesPerSecond: 16 * MiB, edges: [], transfer: null, ...rest },
  }).join('\n')
}

const inTransfer = (web2: Partial<TerminalSnapshot>, web1: Partial<TerminalSnapshot> = {}) =>
  explained({ transfer: sampleTransfer([sampleTerminal(1, 0, web1), sampleTerminal(2, 1, web2)]) })

describe('an explanation', () => {
  test('says where it is, how it ranks, and what is slow about it', () => {
    const text = explained()
    expect(text).toContain('web2 is online at 10.0.0.2:7717.')
    expect(text).toContain('It ranks 2 of 39: its score is 2.0 s, 2.0 times that of web1, the fastest.')
    expect(text).toContain('It answers in 12.0 ms, where 3.0 ms is usual: 4.0 times slower.')
    expect(text).toContain('It takes content in at 8.0 MiB/s, where 16.0 MiB/s is usual: 2.0 times slower.')
    expect(text).toContain('It was a target of no transfer yet.')
  })

  test('says of an offline one when it was here, and that it is waited for', () => {
    expect(explained({ ranked: { online: false, address: null } })).toContain(
      'web2 is offline (it came last at 2026-01-01T00:00:00Z): it gets what is pending when it is back.',
    )
  })

  test('blames the upstream for what the upstream itself does not have', () => {
    const text = inTransfer({ state: 'receiving', bytes: 6 * MiB }, { state: 'receiving', bytes: 6 * MiB })
    expect(text).toContain('it is receiving from web1: 6.0 MiB of 24.0 MiB (25 %)')
    expect(text).toContain('Its upstream web1 has 25 %: it waits for that one.')
  })

  test('blames the link or the terminal for what the upstream has', () => {
    const text = inTransfer({ state: 'receiving', bytes: 6 * MiB }, { state: 'active', bytes: 24 * MiB })
    expect(text).toContain('Its upstream web1 has 100 %: more than it has taken')
  })

  test('compares the time of the transfer with what was predicted', () => {
    const of = (more: object) =>
      explained({ transfer: sampleTransfer([sampleTerminal(2, 0, { state: 'active' })], more) })
    expect(of({ state: 'complete' })).toContain(
      'The transfer took 12.4 s, where its plan was predicted to take 10.0 s.',
    )
    expect(of({ seconds: 20 })).toContain(
      'has been under way for 20.0 s, where its plan was predicted to take 10.0 s: 2.0 times as long.',
    )
    expect(of({ predictedSeconds: 0 })).not.toContain('predicted')
  })

  test('says why it failed, how often it was tried, and what was damaged', () => {
    const error = { code: 'E_NO_SPACE', message: 'the disk is full' }
    const text = inTransfer({ state: 'failed', bytes: 12 * MiB, error, attempts: 3, refused: 2 })
    expect(text).toContain('it is failed, with 12.0 MiB of 24.0 MiB (50 %) from web1.')
    expect(text).toContain('The reason: the disk is full')
    expect(text).toContain('It was given its place 3 times')
    expect(text).toContain('2 packets failed a check there')
  })

  test('compares the time it took with that of the others', () => {
    const text = inTransfer({ state: 'active', bytes: 24 * MiB, seconds: 6 }, { state: 'active', seconds: 2 })
    expect(text).toContain('it got 24.0 MiB from web1 in 6.0 s.')
    expect(text).toContain(
      'Half of the other targets took 2.0 s or less: 3.0 times as long; it was number 2 of 2 to have it.',
    )
  })

  test('tells how long its disk took, and blames it when that was most of the time and is not usual', () => {
    const done = { state: 'active', bytes: 24 * MiB } as const
    expect(inTransfer({ ...done, seconds: 4, diskSeconds: 3 }, { ...done, seconds: 2, diskSeconds: 0.25 })).toContain(
      'Its disk took 3.0 s of these 4.0 s (75 %) to make it durable, where 250 ms is usual: that was the slow part.',
    )
    expect(inTransfer({ ...done, seconds: 4, diskSeconds: 3 }, { ...done, seconds: 4, diskSeconds: 3 })).toContain(
      'Its disk took 3.0 s of these 4.0 s (75 %) to make it durable, where 3.0 s is usual.',
    )
    expect(inTransfer({ ...done, seconds: 4, diskSeconds: 0.5 })).toContain(
      'Its disk took 500 ms of these 4.0 s (12 %) to make it durable.',
    )
    expect(inTransfer({ state: 'receiving', bytes: 1, diskSeconds: 11 })).toContain(
      'Its disk took 11.0 s of these 12.4 s (88 %) to make it durable: that was the slow part.',
    )
    expect(inTransfer({ state: 'planned' })).not.toContain('durable')
  })

  test('tells what failed deliveries cost, and which upstreams it had', () => {
    const score = { seconds: 4, responseSeconds: 0, trainSeconds: 2, retrySeconds: 2 }
    const edges = [{ upstream: 'main', bytesPerSecond: 4 * MiB, samples: 3, updatedAt: '' }]
    const text = explained({ edges, ranked: { successRate: 0.5, score } })
    expect(text).toContain(
      '50 % of its deliveries succeeded, the last ones counting most: that adds 2.0 s to its score.',
    )
    expect(text).toContain('Upstreams before, with the rate that came from each: main 4.0 MiB/s (3×).')
  })

  test('makes nothing of a score that is as good as the best', () => {
    const fastest = { name: 'web1', seconds: 1.97 }
    expect(explained({ fastest })).toContain('its score is 2.0 s, about that of web1, the fastest.')
  })

  test('says so when nothing was measured', () => {
    expect(explained({ ranked: { score: null } })).toContain('it never answered, so nothing was measured')
    expect(explained({ ranked: { bytesPerSecond: null } })).toContain('Its throughput was never measured')
  })
})
