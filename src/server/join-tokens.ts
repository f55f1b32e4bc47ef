/** `treecast serve token`: a join token from the main server's folder, whether `serve` runs or not. */

import { networkInterfaces } from 'node:os'
import { join } from 'node:path'
import { loadOrCreateIdentity } from '../identity/identity-store.ts'
import { encodeJoinToken, type JoinRole } from '../identity/join-token.ts'
import { openNetworkDatabase } from '../registry/network-database.ts'
import { type Address, isUnspecified, parseAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import { fullHome } from '../system/full-disk.ts'
import type { Random } from '../system/random.ts'
import { DATABASE_FILE } from './database-file.ts'

/** The port of the main server where none was given. */
const DEFAULT_PORT = 7717

export interface IssuedToken {
  /** Its one line. */
  readonly token: string
  /** What it names: where the main server listened last, or will by default. */
  readonly address: Address
  /** Whether a main server has ever listened out of this folder. */
  readonly served: boolean
}

/**
 * Issues a token; makes the keys and the database of a main server that has not run yet.
 * @throws E_WIDE_MODE, E_HOME_FULL, E_DATABASE_…
 */
export async function issueJoinToken(options: {
  readonly folder: string
  readonly role: JoinRole
  readonly uses: number
  readonly expiresMs: number
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
}): Promise<IssuedToken> {
  const { folder, role, uses, expiresMs, clock, random, files } = options
  const identity = await loadOrCreateIdentity({ folder, files, random })
  const database = await openNetworkDatabase({ path: join(folder, DATABASE_FILE), clock })
  try {
    const kept = await database.settings.get('address')
    const address = kept === undefined ? tokenAddress({ host: '0.0.0.0', port: DEFAULT_PORT }) : parseAddress(kept)
    const secret = await database.tokens.issue({ role, uses, expiresAt: clock.now() + expiresMs }, random)
    const token = encodeJoinToken({ address, fingerprint: identity.certificate.fingerprint, secret, role })
    return { token, address, served: kept !== undefined }
  } catch (error) {
    throw fullHome(folder, error) ?? error
  } finally {
    await database.close()
  }
}

/** The address for others of a main server that listens on `listening`: of every interface, the first that is not this machine's own. */
export function tokenAddress(listening: Address): Address {
  if (!isUnspecified(listening)) return listening
  const wanted = listening.host === '::' ? ['IPv4', 'IPv6'] : ['IPv4']
  const outside = Object.values(networkInterfaces())
    .flatMap((addresses) => addresses ?? [])
    .find(({ internal, family, address }) => !internal && wanted.includes(family) && !address.startsWith('fe80:'))
  return { host: outside?.address ?? '127.0.0.1', port: listening.port }
}
