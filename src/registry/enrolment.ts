/** Letting a new node in: one transaction takes the token's use, writes the node and says so in the audit log, or does none of it. */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import { createAudit } from './audit.ts'
import type { NetworkSchema } from './network-schema.ts'
import { createNodes, type NewNode, type Node } from './nodes.ts'
import { inTransaction } from './open-database.ts'
import { createTokens } from './tokens.ts'

/**
 * Enrols `node` with the token whose secret has this hash. A node that is known already may come again with a fresh token: it keeps its
 * id. The caller has checked that the node holds the keys it names.
 * @throws E_JOIN_TOKEN_UNKNOWN, E_JOIN_TOKEN_ROLE, E_JOIN_TOKEN_EXPIRED, E_JOIN_TOKEN_SPENT, and what Nodes.put throws
 */
export function enrol(
  db: Kysely<NetworkSchema>,
  clock: Clock,
  { node, secretHash }: { readonly node: NewNode; readonly secretHash: Uint8Array },
): Promise<Node> {
  return inTransaction(db, async (tx) => {
    await createTokens(tx, clock).consume(secretHash, node.role)
    const enrolled = await createNodes(tx, clock).put(node)
    const { nodeId, role, name } = enrolled
    await createAudit(tx, clock).record({ actor: nodeId, action: 'enrolled', facts: { role, name } })
    return enrolled
  })
}
