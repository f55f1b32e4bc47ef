import { describe, expect, test } from 'vitest'
import { KEPT_SAMPLES } from '../../../src/registry/measurements.ts'
import { newNode, populated } from './network-fixture.ts'

const web1 = newNode('web1').nodeId
const web2 = newNode('web2').nodeId
const response = (value: number, nodeId = web1) => ({ nodeId, kind: 'response', value }) as const

describe('measurements', () => {
  test('are smoothed over calls as within one', async () => {
    const { database } = await populated('web1', 'web2')
    await database.measurements.record([response(80), response(50, web2), response(160)])
    await database.measurements.record([{ nodeId: web1, kind: 'outcome', value: 1 }])
    const measured = await database.measurements.list()
    expect(measured.get(web1)).toEqual({ responseMs: 90, bytesPerSecond: null, successRate: 1, samples: 3 })
    expect([...measured.keys()].sort()).toEqual([web1, web2].sort())
  })

  test('leave out what can be no sample', async () => {
    const { database } = await populated('web1')
    await database.measurements.record([response(Number.NaN), response(-1)])
    expect((await database.measurements.list()).size).toBe(0)
  })

  test('keep the last samples of each terminal and no more', async () => {
    const { database } = await populated('web1', 'web2')
    await database.measurements.record([response(7, web2)])
    for (let value = 0; value < KEPT_SAMPLES + 50; value++) await database.measurements.record([response(value)])
    const history = await database.measurements.history([web1, web2], 'response', 2 * KEPT_SAMPLES)
    expect(history.get(web1)).toEqual(Array.from({ length: KEPT_SAMPLES }, (_, k) => 50 + k))
    expect(history.get(web2)).toEqual([7])
  })

  test('take more samples at once than are kept', async () => {
    const { database } = await populated('web1')
    await database.measurements.record(Array.from({ length: 3 * KEPT_SAMPLES }, (_, value) => response(value)))
    const history = await database.measurements.history([web1], 'response', 2 * KEPT_SAMPLES)
    expect(history.get(web1)).toEqual(Array.from({ length: KEPT_SAMPLES }, (_, k) => 2 * KEPT_SAMPLES + k))
    expect((await database.measurements.list()).get(web1)?.samples).toBe(3 * KEPT_SAMPLES)
  })

  test('of edges are smoothed, and the last upstreams of each terminal are kept', async () => {
    const { database, clock } = await populated('web1', 'web2')
    const edge = (upstream: typeof web1 | null, bytesPerSecond: number) => ({ nodeId: web1, upstream, bytesPerSecond })
    await database.measurements.recordEdges([edge(null, 100), edge(web2, 40), edge(web2, Number.NaN)])
    await database.measurements.recordEdges([edge(null, 200)])
    const sorted = async () =>
      (await database.measurements.edgesTo(web1)).map(({ upstream, bytesPerSecond, samples }) => ({
        upstream,
        bytesPerSecond,
        samples,
      }))
    expect(await sorted()).toEqual(
      expect.arrayContaining([
        { upstream: null, bytesPerSecond: 125, samples: 2 },
        { upstream: web2, bytesPerSecond: 40, samples: 1 },
      ]),
    )
    for (let k = 0; k < 40; k++) {
      await clock.advance(1)
      await database.measurements.recordEdges([edge(`node${k}` as typeof web1, k)])
    }
    const kept = await sorted()
    expect(kept).toHaveLength(32)
    expect(kept[0]).toMatchObject({ upstream: 'node39' })
    expect(await database.measurements.edgesTo(web2)).toEqual([])
  })

  test('are shown as a history of one kind, oldest first', async () => {
    const { database } = await populated('web1', 'web2')
    await database.measurements.record([response(1), response(2), response(3), response(9, web2)])
    await database.measurements.record([{ nodeId: web1, kind: 'outcome', value: 1 }])
    const history = await database.measurements.history([web1, web2], 'response', 2)
    expect([...history]).toEqual(
      expect.arrayContaining([
        [web1, [2, 3]],
        [web2, [9]],
      ]),
    )
  })
})
