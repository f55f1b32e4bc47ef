/**
 * What the process ends with: the one table from error codes to exit codes, and the exit code of a finished push. treecast(1), EXIT
 * STATUS; scripts stand on these numbers.
 */

import { codeOf } from '../system/errors.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'

export const EXIT = {
  success: 0,
  internal: 1,
  usage: 2,
  some: 3,
  none: 4,
  unreachable: 5,
  notAuthorised: 6,
  deadline: 7,
  interrupted: 130,
} as const
export type ExitCode = (typeof EXIT)[keyof typeof EXIT]

/** Looked up first. */
const BY_CODE: Readonly<Record<string, ExitCode>> = {
  E_INTERRUPTED: EXIT.interrupted,
  E_NOT_RECEIVED: EXIT.none,
  E_LIBRARY_FULL: EXIT.none,
  E_FIRST_SERVER: EXIT.usage,
  E_NO_SPACE: EXIT.none,
  E_MAIN_UNREACHABLE: EXIT.unreachable,
  E_DEADLINE_PASSED: EXIT.deadline,
  E_EXCLUSIVE_RUNNING: EXIT.usage,
  E_NOT_AUTHORISED: EXIT.notAuthorised,
  E_NOT_ENROLLED: EXIT.notAuthorised,
  E_NODE_REVOKED: EXIT.notAuthorised,
  E_NODE_ROLE: EXIT.notAuthorised,
  E_CERTIFICATE_TAKEN: EXIT.notAuthorised,
  E_WRONG_PEER: EXIT.notAuthorised,
  E_ADDRESS: EXIT.usage,
  E_ADDRESS_IN_USE: EXIT.usage,
  E_LISTEN: EXIT.usage,
  E_SHORT_CODE: EXIT.usage,
  E_CODE_NOT_FOUND: EXIT.unreachable,
  E_GUESSES: EXIT.notAuthorised,
  E_WIDE_MODE: EXIT.usage,
  E_IDENTITY_DAMAGED: EXIT.usage,
  E_TEMPORARY_FOLDER: EXIT.usage,
}

/** Then by the start of the code, so that a new refusal of a known kind needs no new line here. */
const BY_PREFIX: readonly (readonly [string, ExitCode])[] = [
  ['E_JOIN_TOKEN', EXIT.notAuthorised],
  ['E_USAGE', EXIT.usage],
  ['E_PATH', EXIT.usage],
  ['E_NAME', EXIT.usage],
  ['E_SELECTOR', EXIT.usage],
  ['E_LABELS', EXIT.usage],
  ['E_GROUPS', EXIT.usage],
  ['E_DESTINATION', EXIT.usage],
  ['E_TRANSFER_UNKNOWN', EXIT.usage],
  ['E_TRANSFER_TARGET', EXIT.usage],
  ['E_SIZE', EXIT.usage],
  ['E_TIME', EXIT.usage],
  ['E_DURATION', EXIT.usage],
  ['E_FAN_OUT', EXIT.usage],
  ['E_CONFIG', EXIT.usage],
  ['E_HOME', EXIT.usage],
  ['E_INBOX', EXIT.usage],
]

/** The exit code of anything thrown; what the table does not name is an internal error. */
export function exitCodeOf(error: unknown): ExitCode {
  const code = codeOf(error)
  if (Object.hasOwn(BY_CODE, code)) return BY_CODE[code] as ExitCode
  const match = BY_PREFIX.find(([prefix]) => code === prefix || code.startsWith(`${prefix}_`))
  return match?.[1] ?? EXIT.internal
}

/** The exit code of a transfer whose state is final. A pending delivery counts as not delivered. */
export function exitCodeOfTransfer(
  snapshot: Pick<TransferSnapshot, 'delivered' | 'failed' | 'pending' | 'terminals'>,
): ExitCode {
  if (snapshot.delivered >= snapshot.terminals.length) return EXIT.success
  return snapshot.delivered > 0 ? EXIT.some : EXIT.none
}
