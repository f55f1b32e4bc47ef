/**
 * Nodes: who has enrolled, under which name, with which keys. Default deny rests on this table: a peer is whoever has its certificate in
 * list(), and nobody when nobody has.
 */

import type { Kysely } from 'kysely'
import type { Fingerprint, NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { NetworkSchema, NodeRow } from './network-schema.ts'
import { assertNodeName } from './node-name.ts'
import { inTransaction } from './open-database.ts'
import { bytesOf } from './stored-bytes.ts'

export type NodeRole = NodeRow['role']

/** What a node shows of itself when it enrols. */
export interface NewNode {
  readonly nodeId: NodeId
  readonly role: NodeRole
  readonly name: string
  readonly fingerprint: Fingerprint
  readonly ed25519Public: Uint8Array
  readonly x25519Public: Uint8Array
}

export interface Node extends NewNode {
  readonly enrolledAt: number
  /** Null for a node that may still come in. */
  readonly revokedAt: number | null
}

export type Nodes = ReturnType<typeof createNodes>

export function createNodes(db: Kysely<NetworkSchema>, clock: Clock) {
  return {
    /** All that may come in, of both roles. */
    async list(): Promise<Node[]> {
      return (await db.selectFrom('nodes').selectAll().where('revoked_at', 'is', null).execute()).map(toNode)
    },

    /** The certificates of all that may not come in any more, the last revoked last. */
    async listRevoked(): Promise<Fingerprint[]> {
      const rows = await db
        .selectFrom('nodes')
        .select('fingerprint')
        .where('revoked_at', 'is not', null)
        .orderBy('revoked_at')
        .execute()
      return rows.map(({ fingerprint }) => fingerprint)
    },

    /** Also a revoked node: the caller looks at `revokedAt`. */
    async find(nodeId: NodeId): Promise<Node | undefined> {
      const row = await db.selectFrom('nodes').selectAll().where('node_id', '=', nodeId).executeTakeFirst()
      return row && toNode(row)
    },

    /**
     * Adds a node, or takes new facts of one that is there: it keeps its id and the time of its first enrolment. Operators are
     * named after their hosts and nobody selects them: one whose name is taken gets the next that is free, as in `laptop-2`.
     * @throws E_NAME, E_NAME_TAKEN, E_CERTIFICATE_TAKEN, E_NODE_REVOKED, E_NODE_ROLE
     */
    put: (node: NewNode): Promise<Node> => inTransaction(db, (tx) => putNode(tx, node, clock.now())),

    /** From now on the node is nobody here; its name is free. @returns whether there was such a node, not yet revoked */
    async revoke(nodeId: NodeId): Promise<boolean> {
      const { numUpdatedRows } = await db
        .updateTable('nodes')
        .set({ revoked_at: clock.now() })
        .where('node_id', '=', nodeId)
        .where('revoked_at', 'is', null)
        .executeTakeFirst()
      return numUpdatedRows > 0n
    },
  }
}

async function putNode(db: Kysely<NetworkSchema>, wished: NewNode, now: number): Promise<Node> {
  assertNodeName(wished.role, wished.name)
  const node = wished.role === 'operator' ? { ...wished, name: await freeName(db, wished) } : wished
  for (const other of await findAlike(db, node)) {
    if (other.node_id === node.nodeId) assertMayReturn(other, node.role)
    else throw other.fingerprint === node.fingerprint ? certificateTaken(other) : nameTaken(other)
  }
  const { nodeId, role, name, fingerprint } = node
  const facts = { name, fingerprint, ed25519: node.ed25519Public, x25519: node.x25519Public }
  const row = await db
    .insertInto('nodes')
    .values({ ...facts, node_id: nodeId, role, enrolled_at: now, revoked_at: null })
    .onConflict((conflict) => conflict.column('node_id').doUpdateSet(facts))
    .returningAll()
    .executeTakeFirstOrThrow()
  if (role === 'terminal') {
    const terminal = {
      node_id: nodeId,
      leaf: 0,
      pinned: 0,
      excluded: 0,
      own_labels: '{}',
      set_labels: '{}',
      groups: '[]',
    } as const
    await db
      .insertInto('terminals')
      .values(terminal)
      .onConflict((conflict) => conflict.doNothing())
      .execute()
  }
  return toNode(row)
}

async function freeName(db: Kysely<NetworkSchema>, node: NewNode): Promise<string> {
  for (let turn = 1; ; turn++) {
    const name = turn === 1 ? node.name : `${node.name}-${turn}`
    const alike = await findAlike(db, { ...node, name })
    const taken = alike.some(
      (other) => other.node_id !== node.nodeId && other.name.toLowerCase() === name.toLowerCase(),
    )
    if (!taken) return name
  }
}

/** The node itself, who has its name, and who has, or ever had, its certificate: peers are told apart by that alone. */
function findAlike(db: Kysely<NetworkSchema>, node: Pick<NewNode, 'nodeId' | 'role' | 'name' | 'fingerprint'>) {
  return db
    .selectFrom('nodes')
    .selectAll()
    .where((column) =>
      column.or([
        column('node_id', '=', node.nodeId),
        column('fingerprint', '=', node.fingerprint),
        column.and([column('role', '=', node.role), column('name', '=', node.name), column('revoked_at', 'is', null)]),
      ]),
    )
    .execute()
}

function assertMayReturn(known: NodeRow, role: NodeRole): void {
  if (known.revoked_at !== null) {
    const message = `${known.name} was revoked and stays so. Move its home folder away, so that it enrols with new keys.`
    throw new TreecastError('E_NODE_REVOKED', message, { facts: { node: known.node_id } })
  }
  if (known.role !== role) {
    const message = `${known.name} is enrolled as ${known.role} and cannot also be ${role}. Use another home folder for that role.`
    throw new TreecastError('E_NODE_ROLE', message, { facts: { node: known.node_id } })
  }
}

function nameTaken({ name, role, node_id }: NodeRow): TreecastError {
  const message = `another ${role} is called ${name}. Choose another name with --name, or revoke that one first.`
  return new TreecastError('E_NAME_TAKEN', message, { facts: { name, holder: node_id } })
}

function certificateTaken({ name, fingerprint }: NodeRow): TreecastError {
  const message = `${name} has the same certificate. Never copy identity.json: move the home folder away and enrol again.`
  return new TreecastError('E_CERTIFICATE_TAKEN', message, { facts: { fingerprint } })
}

export function toNode(row: NodeRow): Node {
  return {
    nodeId: row.node_id as NodeId,
    role: row.role,
    name: row.name,
    fingerprint: row.fingerprint,
    ed25519Public: bytesOf(row.ed25519),
    x25519Public: bytesOf(row.x25519),
    enrolledAt: row.enrolled_at,
    revokedAt: row.revoked_at,
  }
}
