import { describe, expect, test } from 'vitest'
import { StoredContent, shapeOf } from '../../../src/content/stored-content.ts'
import { codeOf } from '../../../src/system/errors.ts'
import { silentLog } from '../../../src/system/log.ts'
import { silentMeter } from '../../../src/system/meter.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { Completion, type CompletionOptions } from '../../../src/terminal/completion.ts'
import { makeDurable } from '../../../src/terminal/delivery.ts'
import type { TimedTransfer } from '../../../src/terminal/destination-record.ts'
import type { KeptReceipt } from '../../../src/terminal/receipt-outbox.ts'
import { type HeldWish, heldDelivery } from './held-delivery.ts'

const NO_TABLES = new Map<number, Uint8Array>()

/** The completion of a transfer whose packets are all held, with what it told, in order. */
async function allHeld(wish: HeldWish = {}, change: Partial<CompletionOptions> = {}) {
  const { delivery, files, state, sealed } = await heldDelivery(wish)
  const told: string[] = []
  const scheduled: TimedTransfer[] = []
  const options: CompletionOptions = {
    ...delivery,
    means: {
      ...delivery,
      clock: new VirtualClock(),
      log: silentLog,
      meter: silentMeter,
      reports: {
        receipt: (kept: KeptReceipt) => told.push(`receipt: ${kept.state}`),
        ...{ progress: () => undefined, routed: () => undefined, failure: () => undefined },
      },
      times: { schedule: (timed) => scheduled.push(timed), forget: () => undefined },
    },
    stage: 'receiving',
    progress: { settled: async () => undefined, newTables: NO_TABLES },
    reports: { progress: () => told.push('progress') },
    reusedBytes: () => 0,
    events: {
      durable: () => told.push('durable'),
      resting: () => told.push('resting'),
      failed: (error) => told.push(`failed: ${codeOf(error)}`),
    },
    ...change,
  }
  const published = async () => (await files.stat('/inbox/a/b')) !== undefined
  return { completion: new Completion(options), told, scheduled, published, delivery, files, state, sealed }
}

describe('content of which everything is here', () => {
  test('is made durable, told, shown and told again, in this order', async () => {
    const { completion, told, published } = await allHeld()
    expect([completion.stage, completion.need]).toEqual(['receiving', 'wanted'])
    completion.complete()
    expect([completion.stage, completion.need]).toEqual(['finishing', 'held'])
    await completion.settled()
    expect([completion.stage, completion.need]).toEqual(['active', 'durable'])
    expect(told).toEqual(['progress', 'receipt: received', 'durable', 'receipt: active', 'resting'])
    expect(await published()).toBe(true)
  })

  test('that came whole is told once, when it is shown', async () => {
    const { completion, told } = await allHeld({ isUnrecorded: true })
    completion.complete()
    await completion.settled()
    expect(told).toEqual(['durable', 'receipt: active', 'resting'])
  })

  test('is finished once, however often it is complete', async () => {
    const { completion, told } = await allHeld()
    completion.complete()
    completion.complete()
    await completion.settled()
    completion.complete()
    await completion.settled()
    expect(told.filter((what) => what === 'durable')).toEqual(['durable'])
  })

  test('waits until what is being kept of it is kept', async () => {
    const { promise: keeping, resolve: kept } = Promise.withResolvers<void>()
    const { completion, told } = await allHeld({}, { progress: { settled: () => keeping, newTables: NO_TABLES } })
    completion.complete()
    await new Promise((resolve) => setImmediate(resolve))
    expect([completion.stage, told]).toEqual(['finishing', []])
    kept()
    await completion.settled()
    expect(completion.stage).toBe('active')
  })

  test('rests as received until its time, and is shown then', async () => {
    const { completion, told, scheduled, published } = await allHeld({ activateAtMs: 5_000, isUnrecorded: true })
    completion.complete()
    await completion.settled()
    expect([completion.stage, completion.need, await published()]).toEqual(['received', 'durable', false])
    expect(told).toEqual(['progress', 'receipt: received', 'durable', 'resting'])
    expect(scheduled).toMatchObject([{ transfer: 1, stage: 'received', activateAtMs: 5_000, deactivateAtMs: null }])
    await completion.publish()
    expect([completion.stage, told.slice(4), await published()]).toEqual([
      'active',
      ['receipt: active', 'resting'],
      true,
    ])
  })

  test('of which a step fails says so, and takes no further one', async () => {
    const { completion, told, files, published } = await allHeld()
    files.failNext('sync', 'EIO')
    completion.complete()
    await completion.settled()
    expect([told, await published()]).toEqual([['failed: EIO'], false])
  })

  test('that has failed meanwhile is neither told nor shown', async () => {
    const { completion, told, published } = await allHeld()
    completion.complete()
    completion.end()
    await completion.settled()
    expect([completion.stage, completion.need, told]).toEqual(['failed', 'none', []])
    expect(await published()).toBe(false)
  })
})

describe('after a restart', () => {
  test('what was received is shown, without a second receipt for it', async () => {
    const { completion, told, delivery, published } = await allHeld({}, { stage: 'received' })
    await makeDurable(delivery, NO_TABLES, 0)
    expect(completion.resume()).toBe(true)
    await completion.settled()
    expect([told, await published()]).toEqual([['receipt: active', 'resting'], true])
  })

  test('what was complete and not durable is finished', async () => {
    const { completion, published } = await allHeld()
    expect(completion.resume()).toBe(true)
    await completion.settled()
    expect(await published()).toBe(true)
  })

  test('packets that are missing are to be fetched', async () => {
    const { delivery, sealed } = await heldDelivery()
    const content = new StoredContent(delivery.file, shapeOf(sealed.manifest))
    const { completion, told } = await allHeld({}, { content })
    expect([completion.resume(), completion.need, told]).toEqual([false, 'wanted', []])
  })
})
