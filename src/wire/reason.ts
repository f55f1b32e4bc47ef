/**
 * Why something failed or was called off, as nodes tell one another, keep it, and show it: FAILURE, REFUSED, CANCEL, RECEIPT, SNAPSHOT and
 * others carry it (treecast-protocol(7)).
 *
 * Guarantee: what is made here fits the messages that carry it. A node that puts a peer's words into a sentence of its own makes a longer
 * one, and the next peer would close the link that it came on.
 */

import { codeOf, type ErrorCode, messageOf, TreecastError } from '../system/errors.ts'

export interface Reason {
  /** For programs: `E_NO_SPACE`. */
  readonly code: string
  /** For people: what failed, with which value, and what to do. */
  readonly message: string
}

/** What a message takes of each. */
export const MAX_CODE_CHARACTERS = 64
export const MAX_TEXT_CHARACTERS = 2000

/** A reason in words of our own and of others, cut to what a message takes. */
export function reason(code: string, message: string): Reason {
  return { code: code.slice(0, MAX_CODE_CHARACTERS), message: message.slice(0, MAX_TEXT_CHARACTERS) }
}

/** The reason that anything thrown gives. */
export function reasonOf(error: unknown): Reason {
  return reason(codeOf(error), messageOf(error))
}

/** The error that a peer's reason stands for; E_PEER when its code is none of ours. */
export function peerError({ code, message }: Reason): TreecastError {
  return new TreecastError(code.startsWith('E_') ? (code as ErrorCode) : 'E_PEER', message)
}
