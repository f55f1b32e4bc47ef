import { describe, expect, test } from 'vitest'
import { createKeys } from '../../../src/identity/keys.ts'
import { nodeIdOf } from '../../../src/identity/node-id.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { issueToken, newNode, openFixture } from './network-fixture.ts'

const refusal = (code: string, text = '') => expect.objectContaining({ code, message: expect.stringContaining(text) })

describe('an enrolment', () => {
  test('takes one use of its token, adds the node and is audited', async () => {
    const { database, clock } = await openFixture()
    const secretHash = await issueToken(database)
    const node = newNode('web7')
    const enrolled = await database.enrol({ node, secretHash })
    expect(enrolled).toEqual({ ...node, enrolledAt: clock.now(), revokedAt: null })
    expect(await database.nodes.list()).toEqual([enrolled])
    expect(await database.audit.latest(9)).toEqual([
      { id: 1, at: clock.now(), actor: node.nodeId, action: 'enrolled', facts: { role: 'terminal', name: 'web7' } },
    ])
    await expect(database.enrol({ node: newNode('web8'), secretHash })).rejects.toThrow(refusal('E_JOIN_TOKEN_SPENT'))
  })

  test('is refused without a token of this main server', async () => {
    const { database } = await openFixture()
    await issueToken(database)
    const unknown = { node: newNode('web7'), secretHash: new Uint8Array(32) }
    await expect(database.enrol(unknown)).rejects.toThrow(refusal('E_JOIN_TOKEN_UNKNOWN'))
    expect(await database.nodes.find(unknown.node.nodeId)).toBeUndefined()
  })

  test('is refused once the token has expired, and not a millisecond before', async () => {
    const { database, clock } = await openFixture()
    const secretHash = await issueToken(database, { uses: 2, expiresAt: clock.now() + 1000 })
    clock.jumpWall(999)
    await database.enrol({ node: newNode('web7'), secretHash })
    clock.jumpWall(1)
    await expect(database.enrol({ node: newNode('web8'), secretHash })).rejects.toThrow(refusal('E_JOIN_TOKEN_EXPIRED'))
  })

  test('is refused in another role than the token’s', async () => {
    const { database } = await openFixture()
    const terminal = await issueToken(database, { role: 'terminal' })
    const operator = newNode('alice', 'operator')
    await expect(database.enrol({ node: operator, secretHash: terminal })).rejects.toThrow(
      refusal('E_JOIN_TOKEN_ROLE', 'for terminals'),
    )
    await database.enrol({ node: operator, secretHash: await issueToken(database, { role: 'operator' }) })
    expect(await database.terminals.list()).toEqual([])
  })

  test('of two at the same moment with one use, one wins', async () => {
    const { database } = await openFixture()
    const secretHash = await issueToken(database)
    const outcomes = await Promise.allSettled(
      ['web1', 'web2'].map((seed) => database.enrol({ node: newNode(seed), secretHash })),
    )
    expect(outcomes.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected'])
    expect(outcomes.find(({ status }) => status === 'rejected')).toEqual({
      status: 'rejected',
      reason: refusal('E_JOIN_TOKEN_SPENT'),
    })
    expect(await database.terminals.list()).toHaveLength(1)
  })

  test('under a name that another node has, in whatever case, is refused and gives the use back', async () => {
    const { database } = await openFixture()
    await database.enrol({ node: newNode('web7'), secretHash: await issueToken(database) })
    const secretHash = await issueToken(database)
    const other = { ...newNode('other'), name: 'Web7' }
    await expect(database.enrol({ node: other, secretHash })).rejects.toThrow(refusal('E_NAME_TAKEN', '--name'))
    await database.enrol({ node: newNode('other'), secretHash })
    const audited = await database.audit.latest(9)
    expect(audited.map(({ facts }) => facts.name)).toEqual(['other', 'web7'])
  })

  test('of an operator may use the name of a terminal', async () => {
    const { database } = await openFixture()
    await database.enrol({ node: newNode('web7'), secretHash: await issueToken(database) })
    const operator = { ...newNode('alice', 'operator'), name: 'web7' }
    await database.enrol({ node: operator, secretHash: await issueToken(database, { role: 'operator' }) })
    const known = (await database.nodes.list()).map(({ role, name }) => `${role} ${name}`)
    expect(known.sort()).toEqual(['operator web7', 'terminal web7'])
  })

  test('of operators on hosts of one name gives each its own', async () => {
    const { database } = await openFixture()
    const names: string[] = []
    for (const seed of ['alice', 'bob', 'carol', 'bob']) {
      const node = { ...newNode(seed, 'operator'), name: 'Laptop' }
      const { name } = await database.enrol({ node, secretHash: await issueToken(database, { role: 'operator' }) })
      names.push(name)
    }
    expect(names).toEqual(['Laptop', 'Laptop-2', 'Laptop-3', 'Laptop-2'])
  })

  test('of the same node again keeps its id and the time of the first, and takes its new facts', async () => {
    const { database, clock } = await openFixture()
    const first = await database.enrol({ node: newNode('web7'), secretHash: await issueToken(database) })
    await database.terminals.set(first.nodeId, { pinned: true })
    clock.jumpWall(5000)
    const { fingerprint } = newNode('with a new certificate')
    const node = { ...newNode('web7'), name: 'web70', fingerprint }
    const again = await database.enrol({ node, secretHash: await issueToken(database) })
    expect(again).toEqual({ ...first, name: 'web70', fingerprint })
    expect(await database.nodes.list()).toEqual([again])
    const [terminal, ...others] = await database.terminals.list()
    expect(others).toEqual([])
    expect(terminal).toMatchObject({ name: 'web70', pinned: true })
  })

  test.each(['terminal', 'operator'] as const)('of a %s of which nothing is new takes no use', async (role) => {
    const { database } = await openFixture()
    const secretHash = await issueToken(database, { role })
    const first = await database.enrol({ node: newNode('web7', role), secretHash })
    expect(await database.enrol({ node: newNode('web7', role), secretHash })).toEqual(first)
    expect(await database.audit.latest(9)).toHaveLength(1)
    await database.nodes.revoke(first.nodeId)
    await expect(database.enrol({ node: newNode('web7', role), secretHash })).rejects.toThrow(
      refusal('E_JOIN_TOKEN_SPENT'),
    )
  })

  test('of a known node in another role is refused', async () => {
    const { database } = await openFixture()
    await database.enrol({ node: newNode('web7'), secretHash: await issueToken(database) })
    const secretHash = await issueToken(database, { role: 'operator' })
    const node = newNode('web7', 'operator')
    await expect(database.enrol({ node, secretHash })).rejects.toThrow(refusal('E_NODE_ROLE', 'as terminal'))
  })

  test('with a copied certificate is refused', async () => {
    const { database } = await openFixture()
    const { fingerprint } = await database.nodes.put(newNode('web7'))
    const secretHash = await issueToken(database)
    const copy = { ...newNode('web8'), fingerprint }
    await expect(database.enrol({ node: copy, secretHash })).rejects.toThrow(refusal('E_CERTIFICATE_TAKEN', 'web7'))
  })

  test.each([
    '',
    'all',
    'ALL',
    'main',
    'Main',
    'we b',
    'web[1]',
    'web*',
    '../web',
    '-web',
    '@web',
    'a=b',
    'a,b',
    '!web',
    'wéb',
    'a\n',
  ])('under the name %j is refused', async (name) => {
    const { database } = await openFixture()
    const secretHash = await issueToken(database)
    const node = { ...newNode('web7'), name }
    await expect(database.enrol({ node, secretHash })).rejects.toThrow(refusal('E_NAME'))
  })
})

describe('a revoked node', () => {
  test('is nobody from now on, frees its name and cannot come back with the same keys', async () => {
    const { database, clock } = await openFixture()
    const { nodeId, fingerprint } = await database.nodes.put(newNode('web7'))
    expect(await database.nodes.revoke(nodeId)).toBe(true)
    expect(await database.nodes.revoke(nodeId)).toBe(false)
    expect(await database.nodes.find(nodeId)).toMatchObject({ revokedAt: clock.now() })
    expect(await database.nodes.list()).toEqual([])
    expect(await database.nodes.listRevoked()).toEqual([fingerprint])
    expect(await database.terminals.list()).toEqual([])
    const secretHash = await issueToken(database, { uses: 2 })
    await expect(database.enrol({ node: newNode('web7'), secretHash })).rejects.toThrow(refusal('E_NODE_REVOKED'))
    const ed25519Public = createKeys(seededRandom(1)).ed25519Public
    const renewed = { ...newNode('new keys'), name: 'web7', ed25519Public, nodeId: nodeIdOf(ed25519Public) }
    await database.enrol({ node: renewed, secretHash })
    expect(await database.nodes.list()).toMatchObject([{ name: 'web7', nodeId: renewed.nodeId }])
  })
})
