import { expect, test } from 'vitest'
import { drawSparkline } from '../../../../src/tui/layout/sparkline.ts'
import { fastestOf, whyRanked } from '../../../../src/tui/text/rank-reasons.ts'
import type { RankedTerminal } from '../../../../src/wire/snapshot.ts'

const score = (responseSeconds: number, trainSeconds: number, retrySeconds: number) => ({
  ...{ responseSeconds, trainSeconds, retrySeconds },
  seconds: responseSeconds + trainSeconds + retrySeconds,
})

function ranked(name: string, facts: Partial<RankedTerminal> = {}): RankedTerminal {
  return {
    ...{ rank: 1, name, node: '', address: null, online: true, leaf: false, pinned: false, excluded: false },
    ...{ labels: [], groups: [], lastSeenAt: null, score: score(0.001, 1, 0), responseMs: 1, bytesPerSecond: 1 },
    ...{ successRate: 1, samples: 1, history: [], freeBytes: null, ...facts },
  }
}

test.each([
  [{}, 'as fast as best'],
  [{ score: score(0.251, 1, 0) }, 'response +250 ms'],
  [{ score: score(0.001, 3.5, 0) }, 'throughput +2.5 s'],
  [{ score: score(0.001, 1.5, 4) }, 'failures +4.0 s'],
  [{ score: score(0.001, 1.5, 0), bytesPerSecond: null }, 'throughput +500 ms, throughput assumed'],
  [{ score: null }, 'never measured'],
  [{ pinned: true }, 'pinned'],
  [{ excluded: true }, 'excluded: never relays'],
])('%j stands where it stands because: %s', (facts, why) => {
  const best = ranked('best')
  const other = ranked('other', facts)
  expect(fastestOf([best, other])).toBe(best)
  expect(whyRanked(other, best)).toBe(why)
  expect(whyRanked(best, best)).toBe('fastest')
})

test('a sparkline goes from the least to the greatest, one character a number', () => {
  expect(drawSparkline([0, 5, 10], { unicode: true })).toBe('▁▅█')
  expect(drawSparkline([0, 10], { unicode: false })).toBe('_#')
  expect(drawSparkline([3, 3, 3], { unicode: true })).toBe('▄▄▄')
  expect(drawSparkline([], { unicode: true })).toBe('')
})
