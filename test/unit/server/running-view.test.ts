import { describe, expect, test } from 'vitest'
import { NEW_TRANSFER, RunningView, type TransferAge } from '../../../src/server/running-view.ts'
import type { TransferFacts } from '../../../src/server/transfer-view.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'

const digest = new Uint8Array(32)
const facts = {
  ...{ transfer: 1, name: 'film.mp4', bytes: null, entryList: null, predictedMs: 0, createdAtMs: 0 },
  ...{ activateAtMs: null, deactivateAtMs: null },
} as unknown as TransferFacts

function view({ age = NEW_TRANSFER, isOver = false }: { age?: TransferAge; isOver?: boolean } = {}) {
  const clock = new VirtualClock()
  const running = new RunningView({ clock, facts, content: { knownBytes: 700 }, deliveries: [], age, isOver })
  const shown = (contentDigest: Uint8Array | null = null) =>
    running.snapshot({ state: 'distributing', storedBytes: 300, contentDigest, error: null })
  return { clock, running, shown }
}

describe('a transfer as operators see it', () => {
  test('has taken the time since it began, until it is over, and goes on when it is taken up again', async () => {
    const { clock, running, shown } = view()
    await clock.advance(2000)
    expect(shown().seconds).toBe(2)
    running.ended()
    await clock.advance(3000)
    expect(shown().seconds).toBe(2)
    running.reopened()
    expect(shown().seconds).toBe(5)
  })

  test('keeps its time when another process of the main server began it', async () => {
    const over = view({ age: { startedMsAgo: 60_000, endedMsAgo: 50_000 }, isOver: true })
    await over.clock.advance(4000)
    expect(over.shown().seconds).toBe(10)
    const running = view({ age: { startedMsAgo: 60_000, endedMsAgo: 0 } })
    await running.clock.advance(4000)
    expect(running.shown().seconds).toBe(64)
  })

  test('has a size from the time its digest is known', () => {
    const { shown } = view()
    expect(shown().bytes).toBeNull()
    expect(shown(digest).bytes).toBe(700)
  })

  test('has links of an unknown rate while nothing has moved', () => {
    expect(view().shown().linkBytesPerSecond).toBeNull()
  })
})
