import { describe, expect, test } from 'vitest'
import type { NodeId } from '../../../src/identity/node-id.ts'
import { AdmittedNodes } from '../../../src/server/admitted-nodes.ts'
import { steerTerminals } from '../../../src/server/steering.ts'
import { populated } from '../registry/network-fixture.ts'

const REVOKE = { to: 'all', labels: [], groups: [], ungroups: [], revoke: true }

describe('a terminal that was revoked', () => {
  test('is known as such also by the next process of the main server, so that all others can be told', async () => {
    const { database } = await populated('web1', 'web2')
    const terminals = await database.terminals.list()
    const [web1, web2] = terminals
    await steerTerminals(database, terminals.slice(0, 1), { steering: REVOKE, operator: 'operator' as NodeId })
    const nodes = await AdmittedNodes.load(database)
    expect(nodes.lastRevoked(1000)).toEqual([web1?.fingerprint])
    nodes.remove(web2?.nodeId as NodeId)
    expect(nodes.lastRevoked(1000)).toEqual([web1?.fingerprint, web2?.fingerprint])
    expect(nodes.lastRevoked(1)).toEqual([web2?.fingerprint])
  })
})
