import { expect, test } from 'vitest'
import { SnapshotPace } from '../../../src/server/snapshot-pace.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { SNAPSHOT } from '../../support/wire/example-messages.ts'

const at = (seconds: number): TransferSnapshot => ({ ...SNAPSHOT, seconds })

function shown() {
  const clock = new VirtualClock()
  const sent: { seconds: number; final: boolean }[] = []
  const pace = new SnapshotPace(clock, ({ seconds }, final) => sent.push({ seconds, final }))
  return { clock, sent, pace }
}

test('the first snapshot is sent at once, and no other until it is taken', async () => {
  const { clock, sent, pace } = shown()
  for (let second = 0; second < 100; second++) {
    pace.show(at(second), false)
    await clock.advance(1000)
  }
  expect(sent).toEqual([{ seconds: 0, final: false }])
})

test('one that took long to get there is followed by a long rest, then by the newest', async () => {
  const { clock, sent, pace } = shown()
  pace.show(at(0), false)
  await clock.advance(500)
  pace.taken()
  for (let second = 1; second <= 4; second++) {
    pace.show(at(second), false)
    await clock.advance(1000)
  }
  expect(sent).toHaveLength(1)
  await clock.advance(500)
  expect(sent).toEqual([
    { seconds: 0, final: false },
    { seconds: 4, final: false },
  ])
})

test('one that is taken at once holds nothing up', async () => {
  const { clock, sent, pace } = shown()
  for (let second = 0; second < 3; second++) {
    pace.show(at(second), false)
    pace.taken()
    await clock.advance(200)
  }
  expect(sent).toHaveLength(3)
})

test('the final snapshot waits for nothing, and is the last', async () => {
  const { clock, sent, pace } = shown()
  pace.show(at(0), false)
  pace.show(at(1), false)
  pace.show(at(2), true)
  pace.taken()
  await clock.advance(60_000)
  expect(sent).toEqual([
    { seconds: 0, final: false },
    { seconds: 2, final: true },
  ])
})

test('an operator that says what it was not shown is not believed', async () => {
  const { clock, sent, pace } = shown()
  pace.taken()
  pace.show(at(0), false)
  pace.taken()
  pace.taken()
  await clock.advance(0)
  pace.show(at(1), false)
  expect(sent).toHaveLength(2)
})
