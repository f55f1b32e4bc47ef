/**
 * The simulator's time: whole 1024ths of a millisecond, so that sums of them are exact. A timer that ran a rounding error too early
 * would set itself again for a time so short that the clock does not move, and again, without end.
 */

import type { Timer } from '../../src/system/clock.ts'
import { VirtualClock } from '../../src/system/virtual-clock.ts'

export class ExactClock extends VirtualClock {
  /** Timers that were set: a measure of the work that a run took. */
  timers = 0

  /** Whole milliseconds, as the operating system's. */
  override now(): number {
    return Math.floor(super.now())
  }

  override after(delayMs: number, run: () => void, options?: { background?: boolean }): Timer {
    this.timers++
    return super.after(Math.ceil(delayMs * 1024) / 1024, run, options)
  }
}
