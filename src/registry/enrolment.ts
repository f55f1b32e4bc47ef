/** Letting a new node in: one transaction takes the token's use, writes the node and says so in the audit log, or does none of it. */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import { createAudit } from './audit.ts'
import type { NetworkSchema } from './network-schema.ts'
import { createNodes, type NewNode, type Node, type Nodes } from './nodes.ts'
import { inTransaction } from './open-database.ts'
import { createTokens } from './tokens.ts'

/**
 * Enrols `node` with the token whose secret has this hash. A node that is known already may come again with a fresh token: it keeps its
 * id. The caller has checked that the node holds the keys it names. Operators are named after their hosts and nobody selects them: one
 * whose name is taken gets the next that is free, `laptop-2`.
 * @throws E_JOIN_TOKEN_UNKNOWN, E_JOIN_TOKEN_ROLE, E_JOIN_TOKEN_EXPIRED, E_JOIN_TOKEN_SPENT, and what Nodes.put throws
 */
export function enrol(
  db: Kysely<NetworkSchema>,
  clock: Clock,
  { node, secretHash }: { readonly node: NewNode; readonly secretHash: Uint8Array },
): Promise<Node> {
  return inTransaction(db, async (tx) => {
    await createTokens(tx, clock).consume(secretHash, node.role)
    const nodes = createNodes(tx, clock)
    const enrolled = await nodes.put(node.role === 'operator' ? { ...node, name: await freeName(nodes, node) } : node)
    const { nodeId, role, name } = enrolled
    await createAudit(tx, clock).record({ actor: nodeId, action: 'enrolled', facts: { role, name } })
    return enrolled
  })
}

async function freeName(nodes: Nodes, { nodeId, role, name }: NewNode): Promise<string> {
  for (let turn = 1; ; turn++) {
    const candidate = turn === 1 ? name : `${name}-${turn}`
    const holder = await nodes.findByName(role, candidate)
    if (holder === undefined || holder.nodeId === nodeId) return candidate
  }
}
