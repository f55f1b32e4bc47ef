import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { dealPackets } from '../../../src/tree/deal-packets.ts'
import type { Edge } from '../../../src/tree/plan.ts'
import { areUpstreams, handsOf, type Share, shareOfTree } from '../../../src/tree/shares.ts'

/** The edges that arise when every node splits its share among its downstreams. */
function passedDown(share: Share<number>, upstream = 0, depth = 1): Edge[] {
  return handsOf(share).flatMap(({ relay, below, upstreams }) => [
    { upstream, downstream: relay, depth },
    ...passedDown({ targets: below, upstreams }, relay, depth + 1),
  ])
}

const ordered = (edges: readonly Edge[]) => edges.toSorted((a, b) => a.downstream - b.downstream)

describe('a share', () => {
  test('is split among those that its node serves', () => {
    expect(handsOf({ targets: [3, 5, 7, 2, 4, 6, 9], upstreams: [0, 0, 1, 1, 2, 2, 3] })).toEqual([
      { relay: 3, below: [7, 2, 9], upstreams: [0, 0, 1] },
      { relay: 5, below: [4, 6], upstreams: [0, 0] },
    ])
    expect(handsOf({ targets: [], upstreams: [] })).toEqual([])
  })

  test('passed down from node to node gives the planned tree', () => {
    const task = fc.record({ targets: fc.integer({ min: 0, max: 120 }), stripes: fc.integer({ min: 1, max: 8 }) })
    fc.assert(
      fc.property(task, ({ targets, stripes }) => {
        const ranked = Array.from({ length: targets }, (_, k) => ({ handle: k + 1, leaf: k % 5 === 3 }))
        for (const { edges } of dealPackets(ranked, stripes).stripes) {
          const share = shareOfTree(edges)
          expect(areUpstreams(share.upstreams, share.targets.length)).toBe(true)
          expect(ordered(passedDown(share))).toEqual(ordered(edges))
        }
      }),
    )
  })

  test('holds no cycle: nobody stands before the one that serves it', () => {
    expect(areUpstreams([0, 1, 1, 3], 4)).toBe(true)
    expect(areUpstreams([], 0)).toBe(true)
    expect(areUpstreams([0, 2], 2)).toBe(false)
    expect(areUpstreams([1], 1)).toBe(false)
    expect(areUpstreams([0], 2)).toBe(false)
  })
})
