/**
 * The one error class. Callers match on `code`, never on the text.
 *
 * A refusal that is to be expected is a return value; a TreecastError is for what the caller cannot go on from. The message says what
 * failed, with which value, and what to do about it.
 */

export type ErrorCode = `E_${string}`

/** Typed facts about an error: what a log line or a JSON document shows beside the message. */
export type ErrorFacts = Readonly<Record<string, string | number | boolean | null>>

export class TreecastError extends Error {
  readonly code: ErrorCode
  readonly facts: ErrorFacts

  constructor(code: ErrorCode, message: string, options: { facts?: ErrorFacts; cause?: unknown } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.name = 'TreecastError'
    this.code = code
    this.facts = options.facts ?? {}
  }
}

/** The code of any thrown value: ours, the operating system's (`ENOSPC`), or `E_INTERNAL`. */
export function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code
  return 'E_INTERNAL'
}

/** The text of any thrown value. */
export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error)
}

/**
 * States what must hold if the program is right.
 * @throws E_BROKEN_INVARIANT, which nothing catches but the process's last handler
 */
export function invariant(holds: unknown, what: string): asserts holds {
  if (!holds) throw new TreecastError('E_BROKEN_INVARIANT', `broken invariant: ${what}`)
}
