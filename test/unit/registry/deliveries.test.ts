import { describe, expect, test } from 'vitest'
import type { DeliveryChange } from '../../../src/registry/deliveries.ts'
import { newNode, newTransfer, openFixture, populated } from './network-fixture.ts'

async function planned(...names: string[]) {
  const fixture = await populated(...names)
  const transfer = await fixture.database.transfers.create(newTransfer(fixture.operator.nodeId))
  const targets = fixture.nodes.map(({ nodeId }, i) => ({ nodeId, handle: i + 1, rank: i + 1 }))
  await fixture.database.deliveries.plan(transfer, targets)
  const apply = (event: DeliveryChange['event'], facts: Partial<DeliveryChange> = {}) =>
    fixture.database.deliveries.apply([{ transfer, handle: 1, event, ...facts }])
  const first = async () => (await fixture.database.deliveries.list(transfer))[0]
  return { ...fixture, transfer, apply, first }
}

describe('deliveries', () => {
  test('are planned for every target, listed best rank first', async () => {
    const { database, nodes, transfer } = await planned('web1', 'web2', 'web3')
    const other = await database.transfers.create(newTransfer(newNode('operator').nodeId))
    const targets = nodes.map(({ nodeId }, i) => ({ nodeId, handle: i + 1, rank: nodes.length - i }))
    await database.deliveries.plan(other, targets)
    const listed = await database.deliveries.list(other)
    expect(listed.map(({ handle }) => handle)).toEqual([3, 2, 1])
    expect((await database.deliveries.list(transfer)).map(({ handle }) => handle)).toEqual([1, 2, 3])
    expect(listed[0]).toEqual({
      transfer: other,
      nodeId: nodes[2]?.nodeId,
      handle: 3,
      rank: 1,
      state: 'planned',
      upstreams: [],
      depth: null,
      attempts: 1,
      bytes: 0,
      startedAt: null,
      finishedAt: null,
      error: null,
      receipt: null,
    })
  })

  test('keep what was heard of them, and when they started and finished', async () => {
    const { apply, clock, first } = await planned('web1')
    const start = clock.now()
    await apply('routed', { upstreams: [null, 4], depth: 2 })
    clock.jumpWall(100)
    await apply('progressed', { bytes: 600, upstreams: [3, 4] })
    clock.jumpWall(100)
    const receipt = { payload: new Uint8Array([1, 2]), signature: new Uint8Array(64).fill(3) }
    await apply('received', { bytes: 1000, receipt })
    clock.jumpWall(100)
    expect(await apply('activated')).toEqual(['active'])
    expect(await first()).toMatchObject({
      state: 'active',
      upstreams: [3, 4],
      depth: 2,
      bytes: 1000,
      startedAt: start,
      finishedAt: start + 200,
      receipt,
    })
  })

  test('that fail and are retried count the attempt and forget the error', async () => {
    const { apply, clock, first } = await planned('web1')
    const error = { code: 'E_NO_SPACE', message: '1 GiB free, 4 GiB needed' }
    await apply('routed')
    await apply('failed', { error })
    expect(await first()).toMatchObject({ state: 'failed', attempts: 1, error, finishedAt: clock.now() })
    await apply('postponed')
    expect(await first()).toMatchObject({ state: 'pending', error, finishedAt: null })
    await apply('retried')
    expect(await first()).toMatchObject({ state: 'planned', attempts: 2, error: null, finishedAt: null })
  })

  test('are left alone by an event that cannot happen to them', async () => {
    const { apply, first } = await planned('web1')
    await apply('activated', { bytes: 1000 })
    const before = await first()
    expect(await apply('cancelled', { bytes: 5, error: { code: 'E_X', message: 'x' } })).toEqual([undefined])
    expect(await first()).toEqual(before)
  })

  test('are changed in order, each change seeing the one before', async () => {
    const { database, transfer } = await planned('web1', 'web2')
    const states = await database.deliveries.apply([
      { transfer, handle: 1, event: 'routed' },
      { transfer, handle: 2, event: 'failed' },
      { transfer, handle: 1, event: 'progressed' },
      { transfer, handle: 2, event: 'retried' },
    ])
    expect(states).toEqual(['routed', 'failed', 'receiving', 'planned'])
  })

  test('are planned once for each terminal of a transfer', async () => {
    const { database, nodes, transfer } = await planned('web1')
    const again = { nodeId: nodes[0]?.nodeId ?? newNode('web1').nodeId, handle: 2, rank: 2 }
    await expect(database.deliveries.plan(transfer, [again])).rejects.toThrow('UNIQUE')
  })

  test('to 10,000 terminals are planned and moved without a turn of the event loop', async () => {
    const { database } = await openFixture()
    const operator = await database.nodes.put(newNode('operator', 'operator'))
    const targets = await database.transaction(async ({ nodes }) => {
      const made = []
      for (let handle = 1; handle <= 10_000; handle++) {
        const { nodeId } = await nodes.put(newNode(`node${handle}`))
        made.push({ nodeId, handle, rank: handle })
      }
      return made
    })
    const transfer = await database.transfers.create(newTransfer(operator.nodeId))
    let turns = 0
    const turn = setImmediate(() => turns++)
    await database.deliveries.plan(transfer, targets)
    await database.deliveries.apply(targets.map(({ handle }) => ({ transfer, handle, event: 'routed' })))
    expect(turns).toBe(0)
    clearImmediate(turn)
    const listed = await database.deliveries.list(transfer)
    expect(listed).toHaveLength(10_000)
    expect(listed.every(({ state, rank, handle }) => state === 'routed' && rank === handle)).toBe(true)
  })
})
