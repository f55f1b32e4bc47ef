import { describe, expect, test } from 'vitest'
import { bestNodeRate } from '../../../src/server/link-rate.ts'
import { SourceRates } from '../../../src/server/source-rates.ts'

describe('the rates of a delivery by upstream', () => {
  test('are what came from each, over the last two seconds', () => {
    const rates = new SourceRates()
    rates.note([{ handle: 1, bytes: 1000 }], 5000)
    rates.note(
      [
        { handle: 1, bytes: 3000 },
        { handle: 2, bytes: 500 },
      ],
      6000,
    )
    rates.note([{ handle: 2, bytes: 1500 }], 7000)
    expect(rates.list(7000)).toEqual([
      { handle: 1, bytes: 3000, bytesPerSecond: 1000 },
      { handle: 2, bytes: 1500, bytesPerSecond: 1000 },
    ])
  })

  test('sum up an upstream of several stripes', () => {
    const rates = new SourceRates()
    rates.note(
      [
        { handle: 1, bytes: 10 },
        { handle: 1, bytes: 20 },
      ],
      0,
    )
    expect(rates.list(0)).toEqual([{ handle: 1, bytes: 30, bytesPerSecond: 0 }])
  })

  test('go on counting when a terminal gets the same upstream anew', () => {
    const rates = new SourceRates()
    rates.note([{ handle: 1, bytes: 1000 }], 0)
    rates.note([{ handle: 1, bytes: 100 }], 1000)
    expect(rates.list(1000)).toEqual([{ handle: 1, bytes: 1100, bytesPerSecond: 100 }])
  })

  test('keep to 128 upstreams, whatever a terminal says', () => {
    const rates = new SourceRates()
    rates.note(
      Array.from({ length: 1000 }, (_, handle) => ({ handle, bytes: 1 })),
      0,
    )
    expect(rates.list(0)).toHaveLength(128)
  })
})

describe('the best rate of any one node', () => {
  test('is that of the terminal that takes in the most', () => {
    expect(
      bestNodeRate([
        { bytesPerSecond: 5, sources: [] },
        { bytesPerSecond: 7, sources: [] },
      ]),
    ).toBe(7)
  })

  test('is what a node gives to all below it, when that is more', () => {
    const source = { handle: 0, bytes: 100, bytesPerSecond: 5 }
    expect(
      bestNodeRate([
        { bytesPerSecond: 5, sources: [source] },
        { bytesPerSecond: 5, sources: [source] },
      ]),
    ).toBe(10)
  })

  test('is 0 while nothing moves', () => {
    expect(bestNodeRate([])).toBe(0)
  })
})
