import { describe, expect, test } from 'vitest'
import { classicPlan } from '../../../src/tree/plan.ts'
import { newNode, newTransfer, populated } from './network-fixture.ts'

const ranked = [1, 2, 3, 4, 5].map((handle) => ({ handle, leaf: false }))

describe('a transfer', () => {
  test('is read back as it was created, with its plan and key', async () => {
    const { database, clock, operator } = await populated()
    const plan = classicPlan(ranked, 2)
    const made = newTransfer(operator.nodeId, { bytes: null, plan, force: true })
    const id = await database.transfers.create(made)
    expect(await database.transfers.find(id)).toEqual({
      ...made,
      id,
      state: 'receiving',
      tree: 'classic',
      fanOut: 2,
      stripes: 1,
      contentDigest: null,
      createdAt: clock.now(),
      finishedAt: null,
      error: null,
    })
  })

  test('has a number above every earlier one, also of those that a failed transaction took back', async () => {
    const { database, operator } = await populated()
    const first = await database.transfers.create(newTransfer(operator.nodeId))
    const failing = database.transaction(async (tables) => {
      await tables.transfers.create(newTransfer(operator.nodeId))
      throw new Error('no plan')
    })
    await expect(failing).rejects.toThrow('no plan')
    const second = await database.transfers.create(newTransfer(operator.nodeId))
    expect(first).toBe(1)
    expect(second).toBeGreaterThan(first)
    expect(await database.transfers.latest(9)).toHaveLength(2)
  })

  test('gets its size and digest when the library has all of it', async () => {
    const { database, operator } = await populated()
    const id = await database.transfers.create(newTransfer(operator.nodeId, { bytes: null }))
    const digest = new Uint8Array(32).fill(7)
    await database.transfers.keepContent(id, { bytes: 5_000_000_000, digest })
    expect(await database.transfers.find(id)).toMatchObject({ bytes: 5_000_000_000, contentDigest: digest })
  })

  test('finishes with a time and a reason, and goes on without them', async () => {
    const { database, clock, operator } = await populated()
    const id = await database.transfers.create(newTransfer(operator.nodeId))
    const error = { code: 'E_LIBRARY_FULL', message: 'no room' }
    await database.transfers.setState(id, 'failed', error)
    expect(await database.transfers.find(id)).toMatchObject({ state: 'failed', finishedAt: clock.now(), error })
    await database.transfers.setState(id, 'distributing')
    expect(await database.transfers.find(id)).toMatchObject({ state: 'distributing', finishedAt: null, error: null })
  })

  test('is gone on with after a restart unless it has finished', async () => {
    const { database, operator } = await populated()
    const ids: number[] = []
    for (const state of ['receiving', 'complete', 'distributing', 'cancelled'] as const) {
      const id = await database.transfers.create(newTransfer(operator.nodeId))
      await database.transfers.setState(id, state)
      ids.push(id)
    }
    expect((await database.transfers.unfinished()).map(({ id }) => id)).toEqual([ids[0], ids[2]])
  })

  test('is listed newest first, without its key', async () => {
    const { database, operator } = await populated()
    for (let i = 0; i < 5; i++) await database.transfers.create(newTransfer(operator.nodeId))
    const listed = await database.transfers.latest(3)
    expect(listed.map(({ id }) => id)).toEqual([5, 4, 3])
    expect(Object.keys(listed[0] ?? {})).not.toContain('contentKey')
  })

  test('of an operator that has not enrolled is refused', async () => {
    const { database } = await populated('web1')
    const stranger = newNode('stranger').nodeId
    await expect(database.transfers.create(newTransfer(stranger))).rejects.toThrow('FOREIGN KEY')
  })
})
