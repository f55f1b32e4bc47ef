import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { takenRates } from '../../../src/server/taken-rates.ts'

const MiB = 1024 ** 2
const web1 = 'web1' as NodeId

describe('what a delivery shows', () => {
  test('is the rate over all upstreams, and that of each edge', () => {
    const sources = [
      { node: null, bytes: 6 * MiB },
      { node: web1, bytes: 2 * MiB },
    ]
    expect(takenRates({ sources, bytes: 8 * MiB, elapsedMs: 2000, supplyBytesPerSecond: 100 * MiB })).toEqual({
      throughput: { value: 4 * MiB, atLeast: false },
      edges: [
        { upstream: null, bytesPerSecond: 3 * MiB },
        { upstream: web1, bytesPerSecond: 1 * MiB },
      ],
    })
  })

  test.each([
    [4.2, true],
    [3, true],
    [8, false],
  ])('is no fault of the terminal where its upstream had %s MiB/s itself: %s', (supply, atLeast) => {
    const taken = {
      sources: [{ node: web1, bytes: 4 * MiB }],
      bytes: 4 * MiB,
      elapsedMs: 1000,
      supplyBytesPerSecond: supply * MiB,
    }
    expect(takenRates(taken).throughput).toEqual({ value: 4 * MiB, atLeast })
  })

  test('is nothing after too few bytes, or none that were fetched', () => {
    const nothing = { throughput: null, edges: [] }
    expect(
      takenRates({ sources: [{ node: null, bytes: 1000 }], bytes: 1000, elapsedMs: 1, supplyBytesPerSecond: null }),
    ).toEqual(nothing)
    const some = [{ node: null, bytes: 4 * MiB }]
    expect(takenRates({ sources: some, bytes: 9 * MiB, elapsedMs: 1000, supplyBytesPerSecond: null })).toEqual(nothing)
    expect(takenRates({ sources: [], bytes: 0, elapsedMs: 1000, supplyBytesPerSecond: null })).toEqual(nothing)
  })
})
