/** Whose a terminal is: what it enrolled as before, or what it enrols as now. */

import type { Identity } from '../identity/identity.ts'
import { loadMembership, type Membership, saveMembership } from '../identity/membership-store.ts'
import type { Network } from '../link/link.ts'
import type { Address } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import { joinMainServer } from './join.ts'

export interface MembershipOptions {
  /** HOME/relay. */
  readonly folder: string
  readonly files: Files
  readonly clock: Clock
  /** A join token; needed once. */
  readonly join: string | undefined
  /** Of a newcomer; a terminal that has enrolled keeps its name. */
  readonly name: string | undefined
  /** Reaches the main server elsewhere than where the token said. */
  readonly server: Address | undefined
}

/**
 * The terminal's membership, from its folder, or by its token and kept there.
 * @throws E_NAME_FIXED, E_NOT_ENROLLED, E_NAME, and what joinMainServer() throws
 */
export async function terminalMembership(
  { folder, files, clock, join: token, name, server }: MembershipOptions,
  newcomer: { readonly identity: Identity; readonly network: Network; readonly software: string },
): Promise<Membership> {
  const known = await loadMembership({ folder, files })
  if (known !== undefined) {
    if (name === undefined || name === known.name) return known
    const message = `this terminal is enrolled as ${known.name}: leave --name out, or use another --home for a second terminal`
    throw new TreecastError('E_NAME_FIXED', message)
  }
  if (token === undefined) {
    const message = `no terminal has enrolled in ${folder} yet: get a token with \`treecast serve token\` on the main server and start with --join TOKEN`
    throw new TreecastError('E_NOT_ENROLLED', message)
  }
  if (name === undefined) throw new TreecastError('E_NAME', 'a new terminal needs a name: --name NAME')
  const membership = await joinMainServer({ ...newcomer, token, server, role: 'terminal', name, clock })
  await saveMembership({ folder, files }, membership)
  return membership
}
