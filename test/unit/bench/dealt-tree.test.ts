import { describe, expect, test } from 'vitest'
import { checkDealtTree } from '../../bench/dealt-tree.ts'

/** Ranks 1 to 5 at fan-out 2, dealt by hand: 1 and 2 below the main server, 3 and 5 below 1, 4 below 2. Handles are ten times the rank. */
const DEALT = [0, 0, 10, 20, 10]

function tree(upstreams: readonly (number | null)[]) {
  const terminals = upstreams.map((upstream, k) => ({
    handle: (k + 1) * 10,
    name: `t${k + 1}`,
    rank: k + 1,
    leaf: false,
    upstreams: [upstream],
  }))
  return { fanOut: 2, terminals: terminals.toReversed() }
}

describe('the check of a measured tree', () => {
  test('holds for the dealt tree, in whatever order the terminals are listed', () => {
    expect(checkDealtTree(tree(DEALT))).toMatchObject({ holds: true, detail: '5 terminals below their dealt upstream' })
  })

  test('names the terminal that is elsewhere', () => {
    expect(checkDealtTree(tree([0, 0, 10, 10, 10]))).toMatchObject({
      holds: false,
      detail: 't4 was below t1, dealt to t2',
    })
  })

  test('does not hold where an upstream is not known, or there is no terminal', () => {
    expect(checkDealtTree(tree([0, null, 10, 20, 10]))).toMatchObject({
      holds: false,
      detail: 't2 was below nobody, dealt to the main server',
    })
    expect(checkDealtTree(tree([])).holds).toBe(false)
  })
})
