/**
 * Time that only moves when it is told to: what the simulator and most tests run on.
 *
 * Due timers run in the order of their times, those of one time in the order they were set. After each one everything that waits on a
 * promise runs to its end, before time moves on; so a run is repeatable as long as nothing waits for real input or output.
 */

import type { Clock, Timer } from './clock.ts'
import { TreecastError } from './errors.ts'
import { TimerHeap, type VirtualTimer } from './timer-heap.ts'

/** An arbitrary, round wall time to begin at: 2026-01-01T00:00:00Z. */
const START_WALL_MS = Date.UTC(2026, 0, 1)

export class VirtualClock implements Clock {
  readonly #timers = new TimerHeap()
  #elapsedMs = 0
  #wallOffsetMs = START_WALL_MS
  #order = 0
  #running = false

  now(): number {
    return this.#wallOffsetMs + this.#elapsedMs
  }

  monotonic(): number {
    return this.#elapsedMs
  }

  after(delayMs: number, run: () => void, options?: { background?: boolean }): Timer {
    this.#order += 1
    const timer: VirtualTimer = {
      // NaN counts as zero, as it does for the operating system's timers.
      dueMs: this.#elapsedMs + Math.max(0, delayMs || 0),
      order: this.#order,
      background: options?.background === true,
      run,
    }
    this.#timers.add(timer)
    return { cancel: () => this.#timers.cancel(timer) }
  }

  /** Timers that would keep a process alive. */
  get pending(): number {
    return this.#timers.foreground
  }

  /** When the next timer is due, by monotonic(); undefined when none is set. */
  get nextDueMs(): number | undefined {
    return this.#timers.peek()?.dueMs
  }

  /** Moves the wall clock alone, as an administrator or a time server does. */
  jumpWall(byMs: number): void {
    this.#wallOffsetMs += byMs
  }

  /**
   * Lets `ms` pass. What a timer throws ends the call and is thrown on.
   * @throws E_CLOCK_BUSY when called while another call runs
   */
  async advance(ms: number): Promise<void> {
    const endMs = this.#elapsedMs + ms
    await this.#exclusively(async () => {
      while (await this.#runNext(endMs)) {}
      this.#elapsedMs = endMs
    })
  }

  /**
   * Runs timers until only background ones are left, or `limitMs` have passed.
   * @returns whether it became idle within the limit
   */
  async runUntilIdle(limitMs: number): Promise<boolean> {
    return this.runUntil(() => this.#timers.foreground === 0, limitMs)
  }

  /**
   * Runs timers, background ones too, until `done` says so, no timer is left, or `limitMs` have passed. `done` is asked after every
   * timer.
   * @returns what `done` said last
   */
  async runUntil(done: () => boolean, limitMs: number): Promise<boolean> {
    const endMs = this.#elapsedMs + limitMs
    return this.#exclusively(async () => {
      while (!done()) {
        if (!(await this.#runNext(endMs))) return done()
      }
      return true
    })
  }

  async #exclusively<T>(work: () => Promise<T>): Promise<T> {
    if (this.#running) throw new TreecastError('E_CLOCK_BUSY', 'the virtual clock is run already, by another call')
    this.#running = true
    try {
      await settled()
      return await work()
    } finally {
      this.#running = false
    }
  }

  async #runNext(endMs: number): Promise<boolean> {
    const timer = this.#timers.peek()
    if (!timer || timer.dueMs > endMs) return false
    this.#timers.take()
    this.#elapsedMs = timer.dueMs
    timer.run()
    await settled()
    return true
  }
}

/** The event loop turns to an immediate only when every promise that could go on has done so, however long the chain. */
function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve))
}
