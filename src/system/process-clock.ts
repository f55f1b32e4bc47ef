/**
 * The clock of one modelled process: it reads another clock, but its timers stand still while the process is paused, and never run
 * again once it is killed.
 */

import type { Clock, Timer } from './clock.ts'

export class ProcessClock implements Clock {
  readonly #clock: Clock
  #state: 'running' | 'paused' | 'killed' = 'running'
  /** What fell due during the pause, in order. */
  #late = new Set<() => void>()

  constructor(clock: Clock) {
    this.#clock = clock
  }

  now(): number {
    return this.#clock.now()
  }

  monotonic(): number {
    return this.#clock.monotonic()
  }

  after(delayMs: number, run: () => void, options?: { background?: boolean }): Timer {
    const once = () => run()
    const timer = this.#clock.after(
      delayMs,
      () => {
        if (this.#state === 'running') once()
        else if (this.#state === 'paused') this.#late.add(once)
      },
      options,
    )
    return {
      cancel: () => {
        timer.cancel()
        this.#late.delete(once)
      },
    }
  }

  pause(): void {
    if (this.#state === 'running') this.#state = 'paused'
  }

  /** Runs what fell due meanwhile. */
  resume(): void {
    if (this.#state !== 'paused') return
    this.#state = 'running'
    for (const run of this.#late) {
      this.#late.delete(run)
      run()
    }
  }

  kill(): void {
    this.#state = 'killed'
    this.#late.clear()
  }
}
