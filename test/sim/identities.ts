/**
 * Identities for modelled machines. Making a certificate takes the operating system's chance and real time, so each name's identity is
 * made once a process; its keys, and so its node id, are the same in every process.
 */

import type { Identity } from '../../src/identity/identity.ts'
import { loadOrCreateIdentity } from '../../src/identity/identity-store.ts'
import { requirePrivateFolder, writePrivateFile } from '../../src/identity/private-folder.ts'
import type { Files } from '../../src/system/files.ts'
import { createMemoryFiles } from '../../src/system/memory-files.ts'
import { seededRandom } from '../../src/system/random.ts'
import { seedOf } from './draws.ts'

export interface KnownIdentity {
  readonly identity: Identity
  /** The bytes of its identity.json. */
  readonly document: Uint8Array
}

const MAX_DOCUMENT_BYTES = 64 * 1024

export class Identities {
  readonly #known = new Map<string, Promise<KnownIdentity>>()

  of(name: string): Promise<KnownIdentity> {
    const known = this.#known.get(name) ?? makeIdentity(name)
    this.#known.set(name, known)
    return known
  }
}

/** Puts an identity where a node looks for its own. */
export async function plantIdentity(files: Files, folder: string, { document }: KnownIdentity): Promise<void> {
  await requirePrivateFolder(files, folder)
  await writePrivateFile(files, `${folder}/identity.json`, document)
}

async function makeIdentity(name: string): Promise<KnownIdentity> {
  const files = createMemoryFiles()
  const random = seededRandom(seedOf(0, name))
  const identity = await loadOrCreateIdentity({ folder: '/identity', files, random })
  const file = await files.open('/identity/identity.json', 'read')
  return { identity, document: await file.read(0, MAX_DOCUMENT_BYTES) }
}
