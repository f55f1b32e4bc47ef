/** Letting a new node in: one transaction takes the token's use, writes the node and says so in the audit log, or does none of it. */

import type { Kysely } from 'kysely'
import type { Clock } from '../system/clock.ts'
import { createAudit } from './audit.ts'
import type { NetworkSchema } from './network-schema.ts'
import { createNodes, type NewNode, type Node } from './nodes.ts'
import { inTransaction } from './open-database.ts'
import { createTokens } from './tokens.ts'

/**
 * Enrols `node` with the token whose secret has this hash. A node that is known already may come again: it keeps its id. It needs no
 * token when nothing about it is new, so that a command line with a token can be run twice, and a node that was killed before it had
 * heard the answer can ask again. The caller has checked that the node holds the keys it names.
 * @throws E_JOIN_TOKEN_UNKNOWN, E_JOIN_TOKEN_ROLE, E_JOIN_TOKEN_EXPIRED, E_JOIN_TOKEN_SPENT, and what Nodes.put throws
 */
export function enrol(
  db: Kysely<NetworkSchema>,
  clock: Clock,
  { node, secretHash }: { readonly node: NewNode; readonly secretHash: Uint8Array },
): Promise<Node> {
  return inTransaction(db, async (tx) => {
    const nodes = createNodes(tx, clock)
    const known = await nodes.find(node.nodeId)
    if (known !== undefined && isAsKnown(node, known)) return known
    await createTokens(tx, clock).consume(secretHash, node.role)
    const enrolled = await nodes.put(node)
    const { nodeId, role, name } = enrolled
    await createAudit(tx, clock).record({ actor: nodeId, action: 'enrolled', facts: { role, name } })
    return enrolled
  })
}

/** Operators are named after their hosts, and keep the name that they were given. */
function isAsKnown(node: NewNode, known: Node): boolean {
  return (
    known.revokedAt === null &&
    known.role === node.role &&
    known.fingerprint === node.fingerprint &&
    Buffer.compare(known.x25519Public, node.x25519Public) === 0 &&
    (node.role === 'operator' || known.name === node.name)
  )
}
