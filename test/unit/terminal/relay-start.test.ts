import { describe, expect, test } from 'vitest'
import { RelayStart } from '../../../src/terminal/relay-start.ts'
import type { RelayTask } from '../../../src/terminal/routing-control.ts'

const REQUEST = { stripe: 0, depth: 1, below: [], upstreams: null }

/** A terminal that relays once it holds 100 bytes. */
function relayingAfter100() {
  const content = { heldBytes: 0, complete: false }
  const depths = new Map<number, number>()
  const dealt: RelayTask[] = []
  const relayStart = new RelayStart({
    content,
    relayAfterBytes: 100,
    depthIn: (stripe) => depths.get(stripe) ?? 1,
    relay: (task) => dealt.push(task),
  })
  return { content, depths, dealt, relayStart }
}

describe('a transport request', () => {
  test('is held back until enough is here, and dealt once', () => {
    const { content, dealt, relayStart } = relayingAfter100()
    relayStart.take(REQUEST)
    content.heldBytes = 99
    relayStart.contentGrew()
    expect(dealt).toEqual([])
    content.heldBytes = 100
    relayStart.contentGrew()
    relayStart.contentGrew()
    expect(dealt).toEqual([{ ...REQUEST, depth: 2 }])
  })

  test('that comes when enough is here is dealt at once', () => {
    const { content, dealt, relayStart } = relayingAfter100()
    content.heldBytes = 200
    relayStart.take(REQUEST)
    expect(dealt).toEqual([{ ...REQUEST, depth: 2 }])
  })

  test('for a content shorter than that is dealt when it is complete', () => {
    const { content, dealt, relayStart } = relayingAfter100()
    relayStart.take(REQUEST)
    content.complete = true
    relayStart.contentGrew()
    expect(dealt).toEqual([{ ...REQUEST, depth: 2 }])
  })

  test('places its targets below the deeper of its sender and the upstream that serves by then', () => {
    const { content, depths, dealt, relayStart } = relayingAfter100()
    relayStart.take({ ...REQUEST, depth: 2 })
    relayStart.take({ ...REQUEST, stripe: 1, depth: 2 })
    depths.set(0, 4).set(1, 1)
    content.complete = true
    relayStart.contentGrew()
    expect(dealt.map(({ stripe, depth }) => ({ stripe, depth }))).toEqual([
      { stripe: 0, depth: 5 },
      { stripe: 1, depth: 3 },
    ])
  })
})
