/**
 * A node's identity on disk: `identity.json` in the folder of its role.
 *
 * Guarantee: what is returned is what the folder holds, durably, before anyone else hears of it. Two processes that make the identity
 * of the same folder at the same moment must exclude each other first (by the lock of the database beside it): the second one's file
 * would replace the first one's.
 */

import { join } from 'node:path'
import * as v from 'valibot'
import type { Files } from '../system/files.ts'
import type { Random } from '../system/random.ts'
import { readCertificate } from './certificate.ts'
import { createIdentity, type Identity } from './identity.ts'
import { bytesSchema, bytesToText, loadDocument, saveDocument } from './json-file.ts'
import { KEY_BYTES, keysFromSecrets } from './keys.ts'
import { nodeIdOf } from './node-id.ts'
import { requirePrivateFolder } from './private-folder.ts'

const FILE_NAME = 'identity.json'

const documentSchema = v.strictObject({
  version: v.literal(1),
  ed25519Seed: bytesSchema(KEY_BYTES),
  x25519Secret: bytesSchema(KEY_BYTES),
  certificatePem: v.string(),
  privateKeyPem: v.string(),
})

/**
 * The identity kept in `folder`; a new one, kept there, when there is none.
 * @throws E_WIDE_MODE, E_HOME_KIND, E_IDENTITY_DAMAGED
 */
export async function loadOrCreateIdentity(place: {
  readonly folder: string
  readonly files: Files
  readonly random: Random
}): Promise<Identity> {
  const { folder, files, random } = place
  await requirePrivateFolder(files, folder)
  const kept = await load(files, folder)
  if (kept) return kept
  const created = await createIdentity(random)
  await saveDocument(files, join(folder, FILE_NAME), toDocument(created))
  return created
}

function load(files: Files, folder: string): Promise<Identity | undefined> {
  return loadDocument({ files, path: join(folder, FILE_NAME), schema: documentSchema, build: fromDocument })
}

function toDocument({ keys, certificate }: Identity): v.InferInput<typeof documentSchema> {
  return {
    version: 1,
    ed25519Seed: bytesToText(keys.secrets.ed25519Seed),
    x25519Secret: bytesToText(keys.secrets.x25519Secret),
    certificatePem: certificate.certificatePem,
    privateKeyPem: certificate.privateKeyPem,
  }
}

function fromDocument(document: v.InferOutput<typeof documentSchema>): Identity {
  const { ed25519Seed, x25519Secret, certificatePem, privateKeyPem } = document
  const keys = keysFromSecrets({ ed25519Seed, x25519Secret })
  return {
    nodeId: nodeIdOf(keys.ed25519Public),
    keys,
    certificate: readCertificate({ certificatePem, privateKeyPem }),
  }
}
