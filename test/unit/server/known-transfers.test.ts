import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { KnownTransfers, type KnownTransfersOptions } from '../../../src/server/known-transfers.ts'
import type { RunningTransfer } from '../../../src/server/running-transfer.ts'
import type { TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { newTransfer, populated } from '../registry/network-fixture.ts'

const WISH = { code: 'E_CANCELLED', message: 'cancelled by the operator' }

/** A recorded transfer to web1, which has it, and web2, which shows it; `run` makes another that is under way of it. */
async function recorded() {
  const { database, nodes, operator } = await populated('web1', 'web2')
  const transfer = await database.transfers.create(newTransfer(operator.nodeId))
  const targets = nodes.map(({ nodeId }, index) => ({ nodeId, handle: index + 1, rank: index + 1 }))
  await database.deliveries.plan(transfer, targets)
  for (const event of ['routed', 'progressed', 'received'] as const) {
    await database.deliveries.apply([1, 2].map((handle) => ({ transfer, handle, event })))
  }
  await database.deliveries.apply([{ transfer, handle: 2, event: 'activated' }])
  const done: string[] = []
  const running = new Map<number, RunningTransfer>()
  const known = new KnownTransfers({
    database,
    recorder: { flush: async () => void done.push('recorder flushed') } as KnownTransfersOptions['recorder'],
    presence: {
      find: (node: NodeId) => ({ control: { send: (name: string) => done.push(`${name} to ${nameOf(node)}`) } }),
    } as unknown as KnownTransfersOptions['presence'],
    find: (id) => running.get(id),
  })
  const nameOf = (node: NodeId) => (node === nodes[0]?.nodeId ? 'web1' : 'web2')
  const run = (face: Partial<RunningTransfer>) => running.set(transfer, face as RunningTransfer)
  return { database, known, transfer, operator: operator.nodeId, web1: nodes[0]?.nodeId as NodeId, done, run }
}

describe('a transfer that is over', () => {
  test('is shown as it was recorded, once', async () => {
    const { known, transfer } = await recorded()
    const shown: [TransferSnapshot, boolean][] = []
    expect(await known.watch(transfer, (...heard) => shown.push(heard))).toBeUndefined()
    expect(shown).toEqual([[await known.snapshot(transfer), true]])
    expect(shown[0]?.[0].terminals.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'web1 received',
      'web2 active',
    ])
  })

  test('is called off at those that wait to show it, after what is known of them was written', async () => {
    const { database, known, transfer, operator, done } = await recorded()
    await known.cancel(transfer, WISH, operator)
    expect(done).toEqual(['recorder flushed', 'cancel to web1'])
    const states = (await database.deliveries.list(transfer)).map(({ state }) => state)
    expect(states).toEqual(['cancelled', 'active'])
  })

  test('and has never been: nothing is called off', async () => {
    const { known, operator, done } = await recorded()
    await expect(known.cancel(99, WISH, operator)).rejects.toMatchObject({ code: 'E_TRANSFER_UNKNOWN' })
    expect(done).toEqual(['recorder flushed'])
  })
})

describe('a transfer that is under way', () => {
  test('is shown as it is now, and not as it was recorded', async () => {
    const { known, transfer, run } = await recorded()
    const now = { ...(await known.snapshot(transfer)), state: 'distributing' as const }
    run({ snapshot: () => now })
    expect(await known.snapshot(transfer)).toBe(now)
    expect((await known.summaries()).map(({ state }) => state)).toEqual(['distributing'])
  })

  test.each([
    ['E_CANCELLED', 'cancelled'],
    ['E_PATH_CHANGED', 'failed'],
  ])('that is called off with %s is %s', async (code, state) => {
    const { known, transfer, operator, done, run } = await recorded()
    run({ cancel: async (reason, how) => void done.push(`${reason.code} ${how}`) })
    await known.cancel(transfer, { code, message: '' }, operator)
    expect(done).toEqual([`${code} ${state}`])
  })

  test('answers itself what a terminal is to be told of it', async () => {
    const { known, transfer, web1, run } = await recorded()
    run({ calledOffAt: () => WISH })
    expect(await known.endOf(transfer, web1)).toBe(WISH)
  })
})
