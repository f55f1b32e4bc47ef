/** A network database in memory, on virtual time, and nodes to put into it. */

import { createHash } from 'node:crypto'
import { onTestFinished } from 'vitest'
import { hashSecret } from '../../../src/identity/join-token.ts'
import { type NodeId, nodeIdOf } from '../../../src/identity/node-id.ts'
import { type NetworkDatabase, openNetworkDatabase } from '../../../src/registry/network-database.ts'
import type { NewNode, NodeRole } from '../../../src/registry/nodes.ts'
import { IN_MEMORY } from '../../../src/registry/open-database-file.ts'
import type { NewTransfer } from '../../../src/registry/transfers.ts'
import { systemRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { classicPlan } from '../../../src/tree/plan.ts'

export async function openFixture({ path = IN_MEMORY, clock = new VirtualClock() } = {}): Promise<{
  database: NetworkDatabase
  clock: VirtualClock
}> {
  const database = await openNetworkDatabase({ path, clock })
  onTestFinished(() => database.close())
  return { database, clock }
}

/** A node whose keys follow from `seed`. */
export function newNode(seed: string, role: NodeRole = 'terminal'): NewNode {
  const digest = (what: string) => new Uint8Array(createHash('sha256').update(`${what} ${seed}`).digest())
  const ed25519Public = digest('ed25519')
  return {
    nodeId: nodeIdOf(ed25519Public),
    role,
    name: seed,
    fingerprint: Buffer.from(digest('certificate')).toString('base64url'),
    ed25519Public,
    x25519Public: digest('x25519'),
  }
}

export async function issueToken(
  database: NetworkDatabase,
  terms: Partial<Parameters<NetworkDatabase['tokens']['issue']>[0]> = {},
): Promise<Uint8Array> {
  return hashSecret(await database.tokens.issue({ role: 'terminal', uses: 1, expiresAt: null, ...terms }, systemRandom))
}

export function newTransfer(operator: NodeId, changes: Partial<NewTransfer> = {}): NewTransfer {
  return {
    name: 'release.tar',
    destination: 'opt/release.tar',
    entryList: null,
    bytes: 1000,
    cut: 'fixed',
    packetBytes: 16_384,
    compression: 'auto',
    cipher: 'aes-256-gcm',
    relayAfterBytes: 0,
    limitBytesPerSecond: null,
    mode: 0o644,
    modifiedMs: 1_600_000_000_000.5,
    force: false,
    firstServer: null,
    activateAtMs: null,
    deactivateAtMs: null,
    operator,
    contentKey: new Uint8Array(32).fill(9),
    plan: classicPlan([{ handle: 1, leaf: false }], 3),
    predictedMs: 1234.5,
    ...changes,
  }
}

/** A database with an operator and the named terminals in it. */
export async function populated(...names: string[]) {
  const fixture = await openFixture()
  const operator = await fixture.database.nodes.put(newNode('operator', 'operator'))
  const nodes = []
  for (const name of names) nodes.push(await fixture.database.nodes.put(newNode(name)))
  return { ...fixture, operator, nodes }
}
