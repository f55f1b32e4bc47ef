/**
 * Time as an argument. Nothing outside this folder calls Date, performance or setTimeout: the simulator runs the same code on
 * virtual time.
 */

import { TreecastError } from './errors.ts'

export interface Timer {
  /** Stops the timer; harmless when it has fired or was cancelled before. */
  cancel(): void
}

export interface Clock {
  /** Wall time, milliseconds since 1970. May jump: use it for people and for activation times only. */
  now(): number
  /** Milliseconds that never run backwards, from an arbitrary start. Use it for every measurement and deadline. */
  monotonic(): number
  /** Runs `run` once, `delayMs` from now. A pending timer keeps the process alive unless `background` is set. */
  after(delayMs: number, run: () => void, options?: { background?: boolean }): Timer
}

/** Resolves `delayMs` from now. */
export function sleep(clock: Clock, delayMs: number): Promise<void> {
  return new Promise((resolve) => clock.after(delayMs, resolve))
}

/** Runs `run` every `periodMs` until cancelled; the next period starts when `run` has returned. */
export function every(clock: Clock, periodMs: number, run: () => void): Timer {
  let timer: Timer
  const arm = () => {
    timer = clock.after(periodMs, () => {
      arm()
      run()
    })
  }
  arm()
  return { cancel: () => timer.cancel() }
}

/** How long something may take. */
export interface Deadline {
  readonly clock: Clock
  readonly ms: number
  /** What takes that long, for the message. */
  readonly what: string
}

/**
 * `work`, or a rejection at the deadline. The work itself goes on: the caller ends it.
 * @throws E_DEADLINE naming `what`
 */
export function withDeadline<T>({ clock, ms, what }: Deadline, work: Promise<T>): Promise<T> {
  return new Promise((resolve, reject) => {
    const timer = clock.after(ms, () =>
      reject(new TreecastError('E_DEADLINE', `${what} took longer than ${ms} ms`, { facts: { deadlineMs: ms } })),
    )
    work.then(resolve, reject).finally(() => timer.cancel())
  })
}
