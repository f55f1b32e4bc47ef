/** All that makes a node itself: its keys, the certificate it shows, and the id that follows from its Ed25519 key. */

import type { Random } from '../system/random.ts'
import { type Certificate, createCertificate } from './certificate.ts'
import { createKeys, type Keys } from './keys.ts'
import { type NodeId, nodeIdOf } from './node-id.ts'

export interface Identity {
  readonly nodeId: NodeId
  readonly keys: Keys
  readonly certificate: Certificate
}

export async function createIdentity(random: Random): Promise<Identity> {
  const keys = createKeys(random)
  const nodeId = nodeIdOf(keys.ed25519Public)
  return { nodeId, keys, certificate: await createCertificate({ nodeId }) }
}
