import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { type Measured, rankBy, rankTerminals, relativePerformance, TRAIN_BYTES } from '../../../src/server/ranking.ts'

const measured = (name: string, facts: Partial<Measured> = {}): Measured => ({
  name,
  responseMs: 10,
  bytesPerSecond: TRAIN_BYTES,
  successRate: 1,
  pinned: false,
  excluded: false,
  ...facts,
})
const order = (terminals: readonly Measured[]) => rankTerminals(terminals).map(({ name }) => name)

describe('the score', () => {
  test('is the response time and the time of a train, made longer by failures', () => {
    const [scored] = rankTerminals([
      measured('web1', { responseMs: 500, bytesPerSecond: TRAIN_BYTES / 2, successRate: 0.5 }),
    ])
    expect(scored?.score).toEqual({ seconds: 5, responseSeconds: 0.5, trainSeconds: 2, retrySeconds: 2.5 })
  })

  test('puts a near but slow link behind a far but fast one', () => {
    const near = measured('near', { responseMs: 1, bytesPerSecond: 1e6 })
    const far = measured('far', { responseMs: 100, bytesPerSecond: 1e8 })
    expect(order([near, far])).toEqual(['far', 'near'])
  })

  test('falls with deliveries that fail', () => {
    expect(order([measured('a', { successRate: 0.8 }), measured('b', { successRate: 0.9 })])).toEqual(['b', 'a'])
  })

  test('takes a throughput that was not measured to be as that of the others', () => {
    const others = [
      measured('slow', { bytesPerSecond: 1e6 }),
      measured('usual'),
      measured('fast', { bytesPerSecond: 1e9 }),
    ]
    expect(order([...others, measured('new', { bytesPerSecond: null, responseMs: 9 })])).toEqual([
      'fast',
      'new',
      'usual',
      'slow',
    ])
  })

  test('of one that never answered is unknown, and it comes last', () => {
    const silent = measured('a', { responseMs: null })
    expect(rankTerminals([silent, measured('b', { responseMs: 9000 })]).map(({ score }) => score === null)).toEqual([
      false,
      true,
    ])
  })

  test('of equals leaves them in the order of their names', () => {
    expect(order([measured('web10'), measured('web2'), measured('web1')])).toEqual(['web1', 'web2', 'web10'])
  })
})

test('the pinned stand before all others, the excluded behind them', () => {
  const terminals = [
    measured('excluded', { responseMs: 1, excluded: true }),
    measured('fast', { responseMs: 2 }),
    measured('silent', { responseMs: null }),
    measured('pinned', { responseMs: 9000, pinned: true }),
  ]
  expect(order(terminals)).toEqual(['pinned', 'fast', 'silent', 'excluded'])
})

test('every other order goes by what was measured alone', () => {
  const terminals = [
    measured('a', { responseMs: 1, bytesPerSecond: 1, successRate: null, excluded: true }),
    measured('b', { responseMs: 2, bytesPerSecond: 3, successRate: 0.5, pinned: true }),
    measured('c', { responseMs: null, bytesPerSecond: 2, successRate: 0.9 }),
  ]
  const by = (key: Parameters<typeof rankBy>[1]) =>
    rankBy(terminals, key)
      .map(({ name }) => name)
      .join('')
  expect({ response: by('response'), throughput: by('throughput'), reliability: by('reliability') }).toEqual({
    response: 'abc',
    throughput: 'bca',
    reliability: 'cba',
  })
})

test('performance is 1 for the fastest, less for slower ones, 0 for one never measured', () => {
  fc.assert(
    fc.property(fc.array(fc.option(fc.integer({ min: 0, max: 60_000 })), { minLength: 1 }), (responses) => {
      const ranked = rankTerminals(responses.map((responseMs, k) => measured(`n${k}`, { responseMs })))
      const performance = relativePerformance(ranked)
      expect(performance).toEqual(performance.toSorted((a, b) => b - a))
      for (const [k, { score }] of ranked.entries()) expect(performance[k] === 0).toBe(score === null)
      if (ranked[0]?.score) expect(performance[0]).toBe(1)
    }),
  )
})
