import { describe, expect, test } from 'vitest'
import { newNode, populated } from './network-fixture.ts'

describe('terminals', () => {
  test('are listed by name, whatever its case, without operators', async () => {
    const { database } = await populated('web2', 'Alpha', 'web1', 'beta')
    expect((await database.terminals.list()).map(({ name }) => name)).toEqual(['Alpha', 'beta', 'web1', 'web2'])
  })

  test('are relays that nobody has seen until they are seen', async () => {
    const { database, clock, nodes } = await populated('web1')
    const { nodeId } = newNode('web1')
    expect(await database.terminals.find(nodeId)).toEqual({
      ...nodes[0],
      address: null,
      leaf: false,
      pinned: false,
      excluded: false,
      ownLabels: {},
      setLabels: {},
      labels: {},
      groups: [],
      lastSeenAt: null,
    })
    await database.terminals.markSeen(nodeId, { address: { host: '2001:db8::1', port: 7717 }, leaf: true })
    expect(await database.terminals.find(nodeId)).toMatchObject({
      address: { host: '2001:db8::1', port: 7717 },
      leaf: true,
      lastSeenAt: clock.now(),
    })
    await database.terminals.markSeen(nodeId, { address: null, leaf: true })
    expect((await database.terminals.find(nodeId))?.address).toBeNull()
  })

  test('were heard of when they last answered', async () => {
    const { database, clock } = await populated('web1', 'web2')
    const { nodeId } = newNode('web1')
    await database.terminals.markSeen(nodeId, { address: null, leaf: false })
    await clock.advance(60_000)
    await database.terminals.heardOf([nodeId])
    const seen = (await database.terminals.list()).map(({ lastSeenAt }) => lastSeenAt)
    expect(seen).toEqual([clock.now(), null])
  })

  test('keep what an operator set, each setting apart', async () => {
    const { database } = await populated('web1', 'web2')
    const { nodeId } = newNode('web1')
    await database.terminals.set(nodeId, { pinned: true, setLabels: { role: 'web' }, groups: ['canary'] })
    await database.terminals.set(nodeId, { excluded: true })
    await database.terminals.set(nodeId, {})
    const [web1, web2] = await database.terminals.list()
    expect(web1).toMatchObject({ pinned: true, excluded: true, labels: { role: 'web' }, groups: ['canary'] })
    expect(web2).toMatchObject({ pinned: false, excluded: false, labels: {} })
    const seen = { address: null, leaf: false, labels: { role: 'db', site: 'north' } }
    await database.terminals.markSeen(nodeId, seen)
    expect((await database.terminals.find(nodeId))?.labels).toEqual({ role: 'web', site: 'north' })
    await database.terminals.set(nodeId, { pinned: false })
    expect(await database.terminals.find(nodeId)).toMatchObject({ pinned: false, excluded: true })
  })
})
