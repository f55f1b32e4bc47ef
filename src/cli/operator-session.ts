/** The connection to the main server that an operator's command runs on. */

import type { OperatorClient } from '../client/operator-client.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import { parseReachable } from './address-options.ts'
import type { Invocation } from './invocation.ts'
import { readJoinToken } from './join-option.ts'
import type { OptionTable } from './option-tables.ts'

/** The settings that say which main server, and how to be let in. */
export type MainServerSettings = { readonly server: string | undefined; readonly join: string | undefined }

/**
 * Connects, enrolling first when there is a join token.
 * @throws E_MAIN_UNREACHABLE, E_NOT_ENROLLED, E_NOT_AUTHORISED, E_JOIN_TOKEN_…
 */
export async function openOperatorSession<T extends OptionTable>(
  { shell, folders }: Invocation<T>,
  settings: MainServerSettings,
): Promise<OperatorClient> {
  const server = parseReachable('--server', settings.server)
  const join = await readJoinToken({ join: settings.join, joinFile: undefined, stdin: shell.stdin })
  const { clock, random, files, network, version, hostName } = shell
  const name = operatorName(hostName)
  return namingMainServer(
    shell.connect({ folder: folders.operator, join, name, server, clock, random, files, network, version }),
  )
}

/** An operator is named after the host, and has no option to be named otherwise: what a name cannot have becomes a hyphen. */
export function operatorName(hostName: string): string {
  const name = hostName.replace(/[^A-Za-z0-9._-]+/g, '-').replace(/^[^A-Za-z0-9]+/, '')
  return name === '' || name.toLowerCase() === 'all' ? 'operator' : name.slice(0, 253)
}

const CONNECTING_FAILED: readonly string[] = ['E_UNREACHABLE', 'E_DEADLINE']

/** The result of `connecting`; a network that does not answer becomes E_MAIN_UNREACHABLE. */
export async function namingMainServer<T>(connecting: Promise<T>): Promise<T> {
  try {
    return await connecting
  } catch (cause) {
    if (!CONNECTING_FAILED.includes(codeOf(cause))) throw cause
    throw new TreecastError('E_MAIN_UNREACHABLE', `the main server cannot be reached: ${messageOf(cause)}`, { cause })
  }
}
