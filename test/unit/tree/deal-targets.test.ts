import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dealTargets } from '../../../src/tree/deal-targets.ts'
import { MAX_FAN_OUT } from '../../../src/tree/fan-out.ts'

const ranks = (count: number) => Array.from({ length: count }, (_, k) => k + 1)

describe('FIG. 4: 39 terminals, N = 3', () => {
  const hands = dealTargets(ranks(39), 3)

  test('the requests to T1, T2 and T3 hold every third address', () => {
    expect(hands.map((hand) => [hand.relay, ...hand.below])).toEqual([
      [1, 4, 7, 10, 13, 16, 19, 22, 25, 28, 31, 34, 37],
      [2, 5, 8, 11, 14, 17, 20, 23, 26, 29, 32, 35, 38],
      [3, 6, 9, 12, 15, 18, 21, 24, 27, 30, 33, 36, 39],
    ])
  })

  test('T1 deals its rest the same way to T4, T7 and T10', () => {
    expect(dealTargets(hands[0]?.below ?? [], 3)).toEqual([
      { relay: 4, below: [13, 22, 31] },
      { relay: 7, below: [16, 25, 34] },
      { relay: 10, below: [19, 28, 37] },
    ])
  })

  test('T4 ends the route at T13, T22 and T31', () => {
    expect(dealTargets([13, 22, 31], 3)).toEqual([
      { relay: 13, below: [] },
      { relay: 22, below: [] },
      { relay: 31, below: [] },
    ])
  })
})

describe('dealing', () => {
  test('no targets, no hands', () => expect(dealTargets([], 3)).toEqual([]))

  test('a fan-out that is no whole number from 1 to the maximum is refused', () => {
    for (const fanOut of [0, -1, 1.5, Number.NaN, MAX_FAN_OUT + 1]) {
      expect(() => dealTargets([1], fanOut)).toThrow(expect.objectContaining({ code: 'E_FAN_OUT' }))
    }
  })

  test('keeps every target once, the best as relays, and every hand in rank order and of even size', () => {
    fc.assert(
      fc.property(fc.nat(300), fc.integer({ min: 1, max: MAX_FAN_OUT }), (count, fanOut) => {
        const hands = dealTargets(ranks(count), fanOut)
        const all = hands.flatMap((hand) => [hand.relay, ...hand.below])
        expect(all.toSorted((a, b) => a - b)).toEqual(ranks(count))
        expect(hands.map((hand) => hand.relay)).toEqual(ranks(Math.min(count, fanOut)))
        for (const { relay, below } of hands)
          expect([relay, ...below]).toEqual([relay, ...below].toSorted((a, b) => a - b))
        const sizes = hands.map((hand) => hand.below.length)
        if (count > 0) expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1)
      }),
    )
  })
})

describe('dealing with leaves', () => {
  const deal = (relays: number, leaves: number, fanOut: number) =>
    dealTargets(ranks(relays + leaves), fanOut, (rank) => rank > relays)

  test('a leaf that would head a hand gives its turn to a relay', () => {
    // Ranks 1 and 2 relay, 3 and 4 take the spare places of the server; 5 to 8 hang below the relays only.
    expect(deal(2, 6, 4)).toEqual([
      { relay: 1, below: [5, 7] },
      { relay: 2, below: [6, 8] },
      { relay: 3, below: [] },
      { relay: 4, below: [] },
    ])
  })

  test('leaves go to hands with room before any fan-out grows', () => {
    // Rank 3 relays below rank 1, which makes room for four leaves there and leaves two for rank 2: six places for five leaves.
    expect(deal(3, 5, 2)).toEqual([
      { relay: 1, below: [3, 5, 7, 8] },
      { relay: 2, below: [4, 6] },
    ])
  })

  test('without any relay the first server serves every leaf', () => {
    expect(deal(0, 4, 2).map((hand) => hand.below)).toEqual([[], [], [], []])
  })

  test('leaves that stand high in the ranking still come after the relays', () => {
    expect(dealTargets(['leaf', 'a', 'b', 'c'], 1, (name) => name === 'leaf')).toEqual([
      { relay: 'a', below: ['b', 'c', 'leaf'] },
    ])
  })

  test('too many leaves widen the deal by no more than needed', () => {
    // 2 relays and the server offer 3 · 4 = 12 places at fan-out 4, 9 at fan-out 3.
    const hands = deal(2, 9, 3)
    expect(hands).toHaveLength(4)
    expect(hands.map((hand) => hand.below.length)).toEqual([4, 3, 0, 0])
  })
})
