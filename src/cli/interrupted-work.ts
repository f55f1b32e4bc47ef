/** Ctrl-C while a command waits for the main server: what is under way is cancelled cleanly, within a bound. */

import { type Clock, withDeadline } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Reason } from '../wire/reason.ts'
import type { Interruptions } from './interruptions.ts'

/** Why a transfer is called off when the operator says so. */
export const CANCELLED: Reason = { code: 'E_CANCELLED', message: 'cancelled by the operator' }

/** How long the main server gets to confirm; then the command leaves anyway. */
const CANCEL_DEADLINE_MS = 5000

/** Rejects with E_INTERRUPTED on the first interruption, and never resolves. */
export function interruption(interruptions: Interruptions): Promise<never> {
  const stopped = new Promise<never>((_, reject) => {
    interruptions.onFirst(() => reject(new TreecastError('E_INTERRUPTED', 'interrupted')))
  })
  // Whoever races it hears of it; nobody has to.
  stopped.catch(() => {})
  return stopped
}

export interface Leaving {
  readonly clock: Clock
  /** What is cancelled, for people; undefined when there is nothing to cancel yet. */
  readonly what: () => string | undefined
  /** Asks for the end of `work`. */
  readonly cancel: () => Promise<void>
}

/**
 * The result of `work`. On an interruption `cancel` runs, and `work` gets a moment to end.
 * @throws E_INTERRUPTED saying what became of it, or what `work` failed with
 */
export async function leaveOnInterruption<T>(work: Promise<T>, stopped: Promise<never>, leaving: Leaving): Promise<T> {
  let interrupted = false
  const watched = stopped.catch((error: unknown) => {
    interrupted = true
    throw error
  })
  try {
    return await Promise.race([work, watched])
  } catch (error) {
    throw interrupted ? await cancelled(work, leaving) : error
  }
}

/** Waits for a cancellation, as long as the main server may take to confirm it; that it did not is no failure. */
export async function cancelInTime(clock: Clock, cancelling: Promise<unknown>): Promise<void> {
  await withDeadline({ clock, ms: CANCEL_DEADLINE_MS, what: 'cancelling' }, cancelling).catch(() => {})
}

async function cancelled(work: Promise<unknown>, { clock, what, cancel }: Leaving): Promise<TreecastError> {
  const name = what()
  if (name === undefined) return new TreecastError('E_INTERRUPTED', 'interrupted')
  try {
    // `work` may well fail of being cancelled: it has ended, and that is what counts.
    await withDeadline(
      { clock, ms: CANCEL_DEADLINE_MS, what: 'cancelling' },
      Promise.all([cancel(), work.catch(() => {})]),
    )
    return new TreecastError('E_INTERRUPTED', `interrupted: ${name} is cancelled`)
  } catch (cause) {
    const message = `interrupted, but the main server did not confirm that ${name} is cancelled`
    return new TreecastError('E_INTERRUPTED', message, { cause })
  }
}
