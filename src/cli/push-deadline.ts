/** `push --deadline`: how long a push waits for its targets, those that are offline too, and what it says when that was too short. */

import { type Clock, withDeadline } from '../system/clock.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { ofOption } from './number-options.ts'
import { parseDuration } from './quantities.ts'
import { usageError } from './usage-error.ts'

export interface PushDeadline {
  /** As it was written. */
  readonly text: string
  readonly ms: number
}

/** 2^31-1 ms: no timer takes more. */
const LONGEST_MS = 2_147_483_647

/** @throws E_DURATION, E_USAGE */
export function readDeadline(text: string | undefined, { detach }: { detach: boolean }): PushDeadline | undefined {
  if (text === undefined) return undefined
  if (detach)
    throw usageError('--deadline and --detach exclude each other: a push that returns at once waits for nothing')
  const ms = ofOption('--deadline', () => parseDuration(text))
  if (ms > 0 && ms <= LONGEST_MS) return { text, ms }
  throw usageError(`--deadline is '${text}', but must be from 1ms to 24d. Write it as 90s, 15m or 2h`)
}

/**
 * `work`, unless the deadline passes first.
 * @param startedAtMs monotonic: when the command began
 * @throws E_DEADLINE_PASSED
 */
export async function withinDeadline<T>(
  work: Promise<T>,
  deadline: PushDeadline,
  { clock, startedAtMs }: { clock: Clock; startedAtMs: number },
): Promise<T> {
  const leftMs = Math.max(0, startedAtMs + deadline.ms - clock.monotonic())
  let over = false
  const watched = work.catch((error: unknown) => {
    over = true
    throw error
  })
  try {
    return await withDeadline({ clock, ms: leftMs, what: 'the push' }, watched)
  } catch (cause) {
    if (over || codeOf(cause) !== 'E_DEADLINE') throw cause
    throw deadlinePassed(`the deadline of ${deadline.text} passed`)
  }
}

/**
 * What a transfer comes to when its push leaves: it goes on without it, ends because the main server does not have all of it, or because
 * the pusher served it.
 */
export type LeftTransfer = 'goesOn' | 'notStored' | 'notServed'

/** What became of it, after the deadline. */
export function explainPassed(
  deadline: PushDeadline,
  snapshot: TransferSnapshot | undefined,
  left: LeftTransfer,
): TreecastError {
  const passed = `the deadline of ${deadline.text} passed`
  if (snapshot === undefined) return deadlinePassed(`${passed} before the transfer began`)
  const { transfer, delivered, terminals, name } = snapshot
  if (left === 'notStored')
    return deadlinePassed(`${passed} before the main server had all of ${name}: transfer ${transfer} is cancelled`)
  const targets = terminals.length === 1 ? '1 target has' : `${terminals.length} targets have`
  if (left === 'notServed') {
    const message = `${passed}: ${delivered} of ${targets} ${name}. Transfer ${transfer}, which was served from here, is cancelled for the others`
    return deadlinePassed(message)
  }
  return deadlinePassed(
    `${passed}: ${delivered} of ${targets} ${name}. The others stay pending and get it when they can; treecast status ${transfer} tells`,
  )
}

export const DEADLINE_PASSED = 'E_DEADLINE_PASSED'

function deadlinePassed(message: string): TreecastError {
  return new TreecastError(DEADLINE_PASSED, message)
}
