import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { type Steering, settingsAfter, steerTerminals } from '../../../src/server/steering.ts'
import { populated } from '../registry/network-fixture.ts'

const NOTHING: Steering = { to: 'all', labels: [], groups: [], ungroups: [], revoke: false }
const operator = 'operator' as NodeId

async function steered(...changes: Partial<Steering>[]) {
  const { database } = await populated('web1')
  for (const change of changes) {
    const steering = { ...NOTHING, ...change }
    await steerTerminals(database, await database.terminals.list(), { steering, operator })
  }
  return database
}

describe('an operator', () => {
  test('sets labels and groups, and takes them away', async () => {
    const database = await steered(
      { labels: ['role=web', 'site=north'], groups: ['canary', 'blue'] },
      { labels: ['role='], ungroups: ['blue'] },
    )
    expect(await database.terminals.list()).toMatchObject([
      { labels: { site: 'north' }, setLabels: { site: 'north' }, groups: ['canary'] },
    ])
  })

  test('has the last word over a label that the terminal says itself', async () => {
    const database = await steered()
    const [terminal] = await database.terminals.list()
    if (terminal === undefined) throw new Error('there is one')
    const own = { ...terminal, ownLabels: { role: 'db' } }
    expect(settingsAfter(own, { ...NOTHING, labels: ['role='] }).setLabels).toEqual({ role: '' })
    expect(settingsAfter(own, { ...NOTHING, labels: ['role=web'] }).setLabels).toEqual({ role: 'web' })
  })

  test('cannot pin and exclude the same terminal: the last word counts', async () => {
    const database = await steered({ pinned: true }, { excluded: true })
    expect(await database.terminals.list()).toMatchObject([{ pinned: false, excluded: true }])
  })

  test('cannot give a terminal more labels or groups than are kept', async () => {
    const many = (prefix: string) => Array.from({ length: 20 }, (_, k) => `${prefix}${k}`)
    const labels = (prefix: string) => ({ labels: many(prefix).map((key) => `${key}=1`) })
    await expect(steered(labels('a'), labels('b'))).rejects.toMatchObject({ code: 'E_LABELS' })
    await expect(steered({ groups: many('a') }, { groups: many('b') })).rejects.toMatchObject({ code: 'E_GROUPS' })
  })

  test('leaves a line in the audit log for every change', async () => {
    const database = await steered({ pinned: true, labels: ['role=web'] }, { pinned: false }, { revoke: true })
    const lines = (await database.audit.latest(10)).filter(({ actor }) => actor === operator).reverse()
    expect(lines.map(({ action, facts }) => [action, facts])).toEqual([
      ['pinned', { terminal: 'web1' }],
      ['labelled', { terminal: 'web1', label: 'role=web' }],
      ['unpinned', { terminal: 'web1' }],
      ['revoked', { terminal: 'web1' }],
    ])
    expect(await database.terminals.list()).toEqual([])
  })
})
