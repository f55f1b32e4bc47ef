/** Who takes part in a modelled transfer: keys, a node id and a fingerprint, without the cost of a certificate. */

import { createHash } from 'node:crypto'
import { createKeys, type Keys } from '../../../src/identity/keys.ts'
import { type Fingerprint, type NodeId, nodeIdOf } from '../../../src/identity/node-id.ts'
import { sharedKey } from '../../../src/seal/key-wrap.ts'
import type { Address } from '../../../src/system/address.ts'
import type { Random } from '../../../src/system/random.ts'

/** Every modelled host listens here. */
const CLUSTER_PORT = 7717

export interface Member {
  /** Also the name of its host on the modelled network. */
  readonly name: string
  readonly nodeId: NodeId
  readonly keys: Keys
  readonly fingerprint: Fingerprint
  readonly address: Address
}

export function createMember(name: string, random: Random): Member {
  const keys = createKeys(random)
  return {
    name,
    nodeId: nodeIdOf(keys.ed25519Public),
    keys,
    fingerprint: createHash('sha256').update(`certificate of ${name}`).digest('base64url'),
    address: { host: name, port: CLUSTER_PORT },
  }
}

/** The secret between two members, as the one that holds `own` works it out. */
export function secretBetween(own: Member, other: Member): Uint8Array {
  return sharedKey(other.keys.x25519.publicKey, own.keys.secrets.x25519Secret)
}
