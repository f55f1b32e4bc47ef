/** What an enrolled terminal or operator knows of its main server, and of itself there: `membership.json` beside its identity. */

import { join } from 'node:path'
import * as v from 'valibot'
import { type Address, formatAddress, parseAddress } from '../system/address.ts'
import type { Files } from '../system/files.ts'
import { bytesSchema, bytesToText, loadDocument, saveDocument } from './json-file.ts'
import { KEY_BYTES } from './keys.ts'
import { type Fingerprint, isNodeId, type NodeId, nodeIdOf } from './node-id.ts'
import { hasPrivateFolder, requirePrivateFolder } from './private-folder.ts'

export interface Membership {
  /** Where the main server listens. */
  readonly address: Address
  /** The certificate it must show. */
  readonly fingerprint: Fingerprint
  /** What manifests, tickets and grants are checked with. */
  readonly ed25519Public: Uint8Array
  readonly x25519Public: Uint8Array
  /** The digest of `ed25519Public`. */
  readonly serverNodeId: NodeId
  /** This node's own name and id in the network database. */
  readonly name: string
  readonly nodeId: NodeId
}

const FILE_NAME = 'membership.json'

const nodeIdSchema = v.pipe(v.string(), v.guard(isNodeId))

const documentSchema = v.strictObject({
  version: v.literal(1),
  address: v.string(),
  fingerprint: nodeIdSchema,
  ed25519Public: bytesSchema(KEY_BYTES),
  x25519Public: bytesSchema(KEY_BYTES),
  name: v.pipe(v.string(), v.minLength(1), v.maxLength(255)),
  nodeId: nodeIdSchema,
})

/**
 * The membership kept in `folder`; undefined when this node has not enrolled. Makes nothing.
 * @throws E_WIDE_MODE, E_HOME_KIND, E_IDENTITY_DAMAGED
 */
export async function loadMembership(place: { folder: string; files: Files }): Promise<Membership | undefined> {
  const { folder, files } = place
  if (!(await hasPrivateFolder(files, folder))) return undefined
  return loadDocument({ files, path: join(folder, FILE_NAME), schema: documentSchema, build: fromDocument })
}

/** Keeps `membership` in `folder`, durably, in place of an earlier one. */
export async function saveMembership(place: { folder: string; files: Files }, membership: Membership): Promise<void> {
  const { folder, files } = place
  await requirePrivateFolder(files, folder)
  const document: v.InferInput<typeof documentSchema> = {
    version: 1,
    address: formatAddress(membership.address),
    fingerprint: membership.fingerprint,
    ed25519Public: bytesToText(membership.ed25519Public),
    x25519Public: bytesToText(membership.x25519Public),
    name: membership.name,
    nodeId: membership.nodeId,
  }
  await saveDocument(files, join(folder, FILE_NAME), document)
}

function fromDocument({ version: _, address, ...rest }: v.InferOutput<typeof documentSchema>): Membership {
  return { ...rest, address: parseAddress(address), serverNodeId: nodeIdOf(rest.ed25519Public) }
}
