import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dealTargets, type Hand } from '../../../src/tree/deal-targets.ts'
import { firstTrial, promote } from '../../../src/tree/promote.ts'

/** Fails every try of a hand; says who was tried and how it ended. */
function failAll<T>(hand: Hand<T>, isLeaf?: (target: T) => boolean) {
  const tried: T[] = []
  for (let trial = firstTrial(hand); ; ) {
    tried.push(trial.relay)
    const promotion = promote(trial, trial.relay, isLeaf)
    if (promotion.kind !== 'promoted') return { tried, promotion }
    trial = promotion.trial
  }
}

describe('promotion in FIG. 4', () => {
  const handOfT2 = dealTargets(
    Array.from({ length: 39 }, (_, k) => k + 1),
    3,
  )[1]
  const handOfT8 = dealTargets(handOfT2?.below ?? [], 3)[1] as Hand<number>

  test('T8 is swapped with T17', () => {
    expect(handOfT8).toEqual({ relay: 8, below: [17, 26, 35] })
    expect(promote(firstTrial(handOfT8), 8)).toEqual({
      kind: 'promoted',
      trial: { relay: 17, below: [8, 26, 35], failures: 1 },
    })
  })

  test('T17 failing too is swapped with T26, not with T8 again', () => {
    expect(promote({ relay: 17, below: [8, 26, 35], failures: 1 }, 17)).toEqual({
      kind: 'promoted',
      trial: { relay: 26, below: [8, 17, 35], failures: 2 },
    })
  })

  test('with all of the list tried, nothing is left to try', () => {
    expect(failAll(handOfT8)).toEqual({
      tried: [8, 17, 26, 35],
      promotion: { kind: 'exhausted', failed: [8, 17, 26, 35], untried: [] },
    })
  })

  test('a failure reported twice promotes once', () => {
    expect(promote({ relay: 17, below: [8, 26, 35], failures: 1 }, 8)).toEqual({ kind: 'stale' })
  })
})

describe('promotion', () => {
  test('never gives a share to a leaf', () => {
    expect(failAll({ relay: 8, below: [17, 26, 35] }, (rank) => rank > 20)).toEqual({
      tried: [8, 17],
      promotion: { kind: 'exhausted', failed: [8, 17], untried: [26, 35] },
    })
  })

  test('a leaf that fails has no one to take its place', () => {
    expect(failAll({ relay: 30, below: [] }, () => true).promotion).toEqual({
      kind: 'exhausted',
      failed: [30],
      untried: [],
    })
  })

  test('tries every terminal that can relay once, best first, and loses no one', () => {
    fc.assert(
      fc.property(fc.nat(40), fc.nat(40), (relaysBelow, leaves) => {
        const below = Array.from({ length: relaysBelow + leaves }, (_, k) => k + 2)
        const { tried, promotion } = failAll({ relay: 1, below }, (rank) => rank > relaysBelow + 1)
        expect(tried).toEqual(Array.from({ length: relaysBelow + 1 }, (_, k) => k + 1))
        if (promotion.kind !== 'exhausted') throw new Error('not exhausted')
        expect([...promotion.failed, ...promotion.untried]).toEqual([1, ...below])
      }),
    )
  })
})
