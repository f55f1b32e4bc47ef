import { describe, expect, test } from 'vitest'
import { WholeSending } from '../../../src/server/whole-sending.ts'
import { silentLog } from '../../../src/system/log.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { HeldTicket } from '../../../src/terminal/downstream.ts'
import { SendLimit } from '../../../src/terminal/send-limit.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

const signed = { payload: new Uint8Array(10), signature: new Uint8Array(64) }

function target(handle: number): HeldTicket {
  const ticket = { ...{ transfer: 1, handle, node: `node${handle}`, name: `t${handle}`, fingerprint: '' } }
  return { signed, ticket: { ...ticket, address: null, leaf: false, performance: 1, wrappedKey: new Uint8Array(72) } }
}

function sending({ packetBytes = 1000, stored = true, limits = [] as SendLimit[], clock = new VirtualClock() } = {}) {
  const delivered: string[] = []
  const otherwise: string[] = []
  const gone = new Set<HeldTicket>()
  const content = { last: undefined as never, knownPackets: 1 }
  const whole = new WholeSending({
    ...{ clock, log: silentLog, content, signedManifest: signed, limits },
    compose: async () => ({ tables: [new Uint8Array(100)], packets: [new Uint8Array(packetBytes)] }),
    isDue: (held) => !gone.has(held),
    deliver: (node) => delivered.push(node),
    otherwise: (targets) => otherwise.push(...targets.map(({ ticket }) => ticket.name)),
  })
  const store = () => {
    content.last = {} as never
    whole.contentStored()
  }
  if (stored) store()
  return { whole, clock, delivered, otherwise, gone, store }
}

test('nobody gets a content before all of it is stored', async () => {
  const { whole, clock, delivered, store } = sending({ stored: false })
  whole.send([target(1), target(2)])
  await clock.advance(1_000)
  expect(delivered).toEqual([])
  store()
  await clock.advance(0)
  expect(delivered).toEqual(['node1', 'node2'])
})

test('whoever needs it no more when its turn comes does not get it', async () => {
  const { whole, clock, delivered, gone } = sending()
  const [one, other] = [target(1), target(2)]
  gone.add(one)
  whole.send([one, other])
  await clock.advance(0)
  expect(delivered).toEqual(['node2'])
})

test('a content that is too large with all that belongs to it goes down a tree', async () => {
  const { whole, clock, delivered, otherwise } = sending({ packetBytes: LIMITS.deliverBytes })
  whole.send([target(1)])
  await clock.advance(0)
  expect([delivered, otherwise]).toEqual([[], ['t1']])
})

test('the limit of what may be sent holds, and says who still waits for a turn', async () => {
  const clock = new VirtualClock()
  const { whole, delivered } = sending({ clock, limits: [new SendLimit(clock, 1_000)] })
  const targets = [target(1), target(2), target(3)]
  whole.send(targets)
  await clock.advance(100)
  expect([delivered.length, targets.map((held) => whole.isWaiting(held))]).toEqual([1, [false, true, true]])
  await clock.advance(20_000)
  expect([delivered.length, targets.some((held) => whole.isWaiting(held))]).toEqual([3, false])
})

describe('a terminal that comes back', () => {
  test('is sent it again, but not without end', async () => {
    const { whole, clock, delivered } = sending()
    expect(whole.mayRepeat(1)).toBe(false)
    while (!whole.isSpent(1)) {
      whole.send([target(1)])
      await clock.advance(0)
    }
    expect([delivered.length, whole.mayRepeat(1)]).toEqual([4, false])
    whole.forget(1)
    expect([whole.isSpent(1), whole.has(1)]).toEqual([false, false])
  })

  test('after the end of the transfer gets nothing', async () => {
    const { whole, clock, delivered } = sending({ stored: false })
    whole.send([target(1)])
    whole.stop()
    whole.contentStored()
    await clock.advance(0)
    expect(delivered).toEqual([])
  })
})
