import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import { openStateDatabase } from '../../../src/terminal/state-database.ts'
import { StateFile } from '../../../src/terminal/state-file.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

const signed = (value: number) => ({ payload: Uint8Array.of(value), signature: new Uint8Array(64).fill(value) })

async function open(path: string = IN_MEMORY): Promise<StateFile> {
  const state = await StateFile.open(path)
  onTestFinished(() => state.close())
  return state
}

async function begin(state: StateFile, transfer: number, destination = 'a'): Promise<void> {
  const times = { activateAtMs: null, deactivateAtMs: null }
  const place = { destination, destinations: [destination] }
  await state.begin({ transfer, ...place, ...times, manifest: signed(1), ticket: signed(2) })
}

const NO_TABLES = new Map<number, Uint8Array>()
const TOP = { destination: 'a', mark: 'its mark' }
const MARK = JSON.stringify({ a: 'its mark' })
const SHOWN = { published: MARK, hook: false }
const bitmap = Uint8Array.of(0b111)

describe('a transfer under way', () => {
  test('is kept with its documents, its bitmap and its tables in order', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepProgress(7, Uint8Array.of(1), new Map([[1, Uint8Array.of(11)]]))
    await state.keepProgress(7, bitmap, new Map([[0, Uint8Array.of(10)]]))
    expect(state.unfinished()).toEqual([
      {
        transfer: 7,
        stage: 'receiving',
        destination: 'a',
        activateAtMs: null,
        deactivateAtMs: null,
        manifest: signed(1),
        ticket: signed(2),
        durable: bitmap,
        tables: [Uint8Array.of(10), Uint8Array.of(11)],
      },
    ])
  })

  test('that begins again has forgotten the earlier attempt', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepProgress(7, bitmap, new Map([[0, Uint8Array.of(10)]]))
    await begin(state, 7, 'b')
    expect(state.unfinished()).toMatchObject([{ destination: 'b', durable: new Uint8Array(0), tables: [] }])
  })

  test('is gone once it is forgotten, with its tables', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepProgress(7, bitmap, new Map([[0, Uint8Array.of(10)]]))
    await state.forget(7)
    expect(state.unfinished()).toEqual([])
    await begin(state, 7)
    expect(state.unfinished()).toMatchObject([{ tables: [] }])
  })

  test('that nobody began is not made by its progress', async () => {
    const state = await open()
    await state.keepProgress(7, bitmap, NO_TABLES)
    expect(state.unfinished()).toEqual([])
  })

  test('a failed step changes nothing: tables of an unknown transfer are refused with all the rest', async () => {
    const state = await open()
    await expect(
      state.keepReceived({
        transfer: 7,
        durable: bitmap,
        tables: new Map([[0, Uint8Array.of(1)]]),
        receipt: signed(3),
      }),
    ).rejects.toThrow()
    expect(state.outbox.list()).toEqual([])
  })
})

describe('a transfer that was received', () => {
  test('is unfinished until it is active, and its receipt is in the outbox from the same moment', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    expect(state.unfinished()).toMatchObject([{ transfer: 7, stage: 'received' }])
    expect(state.outbox.list()).toEqual([{ transfer: 7, state: 'received', receipt: signed(3), error: null }])
    expect(state.outbox.receiptOf(7)).toBeUndefined()
  })

  test('and shown has a receipt to repeat, and nothing to resume', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepActive(7, signed(4), SHOWN)
    expect(state.unfinished()).toEqual([])
    expect(state.outbox.receiptOf(7)).toEqual({ transfer: 7, state: 'active', receipt: signed(3), error: null })
    expect(state.outbox.list().map((kept) => kept.state)).toEqual(['received', 'active'])
  })

  test('its receipts leave the outbox one by one, as the main server confirms them', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepActive(7, signed(4), SHOWN)
    state.outbox.settle(7, 'active')
    expect(state.outbox.list().map((kept) => kept.state)).toEqual(['received'])
    state.outbox.settle(7, 'withdrawn')
    state.outbox.settle(8, 'received')
    expect(state.outbox.list()).toHaveLength(1)
    state.outbox.settle(7, 'received')
    expect(state.outbox.list()).toEqual([])
  })

  test('a confirmed receipt is gone after an orderly end, and sent once more after a crash', async () => {
    for (const orderly of [true, false]) {
      const path = join(temporaryFolder(), 'state.db')
      const state = await open(path)
      await begin(state, 7)
      await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
      state.outbox.settle(7, 'received')
      expect(state.outbox.list()).toEqual([])
      if (orderly) await state.close()
      const again = await open(path)
      expect(again.outbox.list().map((kept) => kept.state)).toEqual(orderly ? [] : ['received'])
    }
  })

  test('a confirmed receipt leaves the disk with the next step that is committed', async () => {
    const path = join(temporaryFolder(), 'state.db')
    let isBroken = false
    const state = await StateFile.open(path, async (place) => {
      const database = await openStateDatabase(place)
      const transaction: typeof database.transaction = (work) =>
        database.transaction(() => {
          const result = work()
          if (isBroken) throw new Error('the disk does not write')
          return result
        })
      return { ...database, transaction }
    })
    onTestFinished(() => state.close())
    for (const transfer of [7, 9]) await begin(state, transfer, `${transfer}`)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    state.outbox.settle(7, 'received')
    const onDisk = async () => (await open(path)).outbox.list().map(({ transfer }) => transfer)
    const next = () => state.keepReceived({ transfer: 9, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })

    isBroken = true
    await expect(next()).rejects.toThrow('the disk does not write')
    expect([state.outbox.list(), await onDisk()]).toEqual([[], [7]])

    isBroken = false
    await next()
    expect([state.outbox.list().map(({ transfer }) => transfer), await onDisk()]).toEqual([[9], [9]])
  })

  test('a confirmation of what is not owed, or not owed yet, is of no interest', async () => {
    const state = await open()
    for (let transfer = 1; transfer < 100; transfer++) state.outbox.settle(transfer, 'received')
    expect(state.outbox.isLittered).toBe(false)
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    expect(state.outbox.list()).toHaveLength(1)
  })

  test('a receipt that is posted anew is owed again, though one like it was confirmed', async () => {
    const state = await open()
    const report = { transfer: 7, state: 'failed', receipt: signed(3), error: { code: 'EIO', message: 'x' } } as const
    for (const again of [1, 2, 3]) {
      await begin(state, 7)
      await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(again) })
      await state.keepFailed(report, [])
      expect(state.outbox.list()).toEqual([report])
      state.outbox.settle(7, 'failed')
      expect(state.outbox.list()).toEqual([])
    }
  })

  test('and then called off takes its receipt with it: the main server must not believe that it is there', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.forget(7)
    expect(state.outbox.list()).toEqual([])
  })

  test('and then fails is gone, and the reason goes to the main server in place of its receipt', async () => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    const error = { code: 'E_DESTINATION_BLOCKED', message: 'a folder is in the way' }
    const report = { transfer: 7, state: 'failed', receipt: signed(3), error } as const
    await state.keepFailed(report, [])
    expect(state.unfinished()).toEqual([])
    expect(state.outbox.list()).toEqual([report])
  })
})

describe('the times of a transfer', () => {
  const timed = async (
    state: StateFile,
    transfer: number,
    activateAtMs: number | null,
    deactivateAtMs: number | null,
  ) => {
    const times = { activateAtMs, deactivateAtMs }
    await state.begin({
      transfer,
      destination: 'a',
      destinations: ['a'],
      ...times,
      manifest: signed(1),
      ticket: signed(2),
    })
  }

  test('are listed for as long as one of them is to come', async () => {
    const state = await open()
    await timed(state, 5, null, null)
    await timed(state, 6, 100, null)
    await timed(state, 7, 100, 200)
    const stages = async () => state.destinations.timed().map(({ transfer, stage }) => `${transfer} ${stage}`)
    expect(await stages()).toEqual(['7 receiving'])
    for (const transfer of [5, 6, 7])
      await state.keepReceived({ transfer, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    expect(await stages()).toEqual(['6 received', '7 received'])
    for (const transfer of [5, 6, 7]) await state.keepActive(transfer, signed(3), SHOWN)
    expect(state.destinations.timed()).toEqual([
      { transfer: 7, stage: 'active', activateAtMs: 100, deactivateAtMs: 200 },
    ])
    await state.keepWithdrawn({ transfer: 7, state: 'withdrawn', receipt: signed(3), error: null }, { hook: false })
    expect(state.destinations.timed()).toEqual([])
    expect(state.outbox.receiptOf(7)?.state).toBe('withdrawn')
  })

  test('what a destination shows is known with its mark, and by whom it was replaced', async () => {
    const state = await open()
    for (const transfer of [5, 6]) {
      await timed(state, transfer, null, 200)
      await state.keepReceived({ transfer, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    }
    await state.keepActive(5, signed(3), SHOWN)
    expect(state.destinations.publishedAt(5)).toEqual({ destination: 'a', tops: [{ ...TOP, newest: 5 }] })
    await state.keepActive(6, signed(3), SHOWN)
    expect(state.destinations.publishedAt(5)).toMatchObject({ tops: [{ newest: 6 }] })
    expect(state.destinations.publishedAt(7)).toBeUndefined()
  })

  test('a time to come is not forgotten however many transfers follow', async () => {
    const state = await open()
    await timed(state, 5, null, 200)
    await timed(state, 3000, null, null)
    for (const transfer of [5, 3000]) {
      await state.keepReceived({ transfer, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
      await state.keepActive(transfer, signed(3), SHOWN)
    }
    expect(state.destinations.timed()).toHaveLength(1)
  })
})

describe('a hook', () => {
  const shown = async (hook: boolean) => {
    const state = await open()
    await begin(state, 7)
    await state.keepReceived({ transfer: 7, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepActive(7, signed(3), { published: MARK, hook })
    return state
  }

  test('is due from the moment of the switch until it has ended, and counts how often it was begun', async () => {
    const state = await shown(true)
    expect(state.hooks.due()).toEqual([{ transfer: 7, event: 'activate', destination: 'a' }])
    expect([await state.hooks.begin(7, 'activate'), await state.hooks.begin(7, 'activate')]).toEqual([1, 2])
    expect(await state.hooks.begin(7, 'deactivate')).toBe(0)
    const error = { code: 'E_X', message: 'x' }
    const report = { transfer: 7, state: 'activateHook', receipt: signed(3), error } as const
    await state.hooks.end(7, 'activate', report)
    expect(state.hooks.due()).toEqual([])
    expect(state.outbox.list().at(-1)).toEqual(report)
  })

  test('of the withdrawal does not end with that of the activation', async () => {
    const state = await shown(true)
    await state.keepWithdrawn({ transfer: 7, state: 'withdrawn', receipt: signed(3), error: null }, { hook: true })
    await state.hooks.end(7, 'activate', undefined)
    expect(state.hooks.due()).toMatchObject([{ event: 'deactivate' }])
  })

  test('that nobody wants is not due', async () => {
    expect((await shown(false)).hooks.due()).toEqual([])
  })
})

describe('the newest at a destination', () => {
  test('is also one that failed after it had put something there, until it is active after all', async () => {
    const state = await open()
    await begin(state, 5)
    await state.keepReceived({ transfer: 5, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    const error = { code: 'EIO', message: 'the disk does not write' }
    await state.keepFailed({ transfer: 5, state: 'failed', receipt: signed(3), error }, ['a'])
    expect(state.destinations.newestAt('a')).toBe(5)
    await begin(state, 4)
    await state.forget(4, ['a'])
    expect(state.destinations.newestAt('a')).toBe(5)
    await begin(state, 6)
    await state.keepReceived({ transfer: 6, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepActive(6, signed(4), SHOWN)
    expect([state.destinations.newestAt('a'), state.destinations.newestAt('b')]).toEqual([6, 0])
  })

  test('is the highest transfer that was received there, whatever is only being received', async () => {
    const state = await open()
    expect(state.destinations.newestAt('a')).toBe(0)
    for (const transfer of [3, 9, 5, 12]) await begin(state, transfer)
    await begin(state, 20, 'b')
    await state.keepReceived({ transfer: 9, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepReceived({ transfer: 5, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    await state.keepReceived({ transfer: 20, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
    expect(state.destinations.newestAt('a')).toBe(9)
    await state.keepActive(9, signed(4), SHOWN)
    expect(state.destinations.newestAt('a')).toBe(9)
  })

  test('is remembered however many transfers go elsewhere', async () => {
    const state = await open()
    for (const [transfer, destination] of [
      [5, 'a'],
      [2000, 'b'],
    ] as const) {
      await begin(state, transfer, destination)
      await state.keepReceived({ transfer, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
      await state.keepActive(transfer, signed(4), SHOWN)
    }
    expect(state.destinations.newestAt('a')).toBe(5)
  })

  test('older transfers of a destination are not kept for ever', async () => {
    const state = await open()
    for (const transfer of [5, 2000]) {
      await begin(state, transfer)
      await state.keepReceived({ transfer, durable: bitmap, tables: NO_TABLES, receipt: signed(3) })
      await state.keepActive(transfer, signed(4), SHOWN)
    }
    expect(state.outbox.receiptOf(5)).toBeUndefined()
    expect(state.outbox.receiptOf(2000)).toBeDefined()
  })
})

test('everything is there again when the file is opened again', async () => {
  const path = join(temporaryFolder(), 'state.db')
  const state = await StateFile.open(path)
  await begin(state, 7)
  await state.keepReceived({
    transfer: 7,
    durable: bitmap,
    tables: new Map([[0, Uint8Array.of(10)]]),
    receipt: signed(3),
  })
  await state.close()
  const again = await open(path)
  expect(again.unfinished()).toMatchObject([
    { transfer: 7, stage: 'received', durable: bitmap, tables: [Uint8Array.of(10)] },
  ])
  expect(again.outbox.list()).toHaveLength(1)
})
