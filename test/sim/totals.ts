/** What the runs of many seeds come to. */

import type { RunResult } from './run.ts'

export class Totals {
  readonly #startedMs = performance.now()
  readonly #outcomes = new Map<string, number>()
  #runs = 0
  #faults = 0
  #virtualMs = 0
  #frames = 0
  failed = 0

  add(result: RunResult): void {
    this.#runs++
    this.#faults += result.faults
    this.#virtualMs += result.virtualMs
    this.#frames += result.events
    if (result.failure !== undefined) this.failed++
    for (const [outcome, times] of Object.entries(result.outcomes)) {
      this.#outcomes.set(outcome, (this.#outcomes.get(outcome) ?? 0) + times)
    }
  }

  /** For people: lines of text. */
  tell(): string[] {
    const seconds = (performance.now() - this.#startedMs) / 1000
    const each = (sum: number) => sum / Math.max(1, this.#runs)
    return [
      `${this.#runs} seeds, ${this.failed} failed · ${(this.#runs / seconds).toFixed(1)} seeds/s · ` +
        `${each(this.#faults).toFixed(1)} faults and ${Math.round(each(this.#frames))} frames a run · ` +
        `${(this.#virtualMs / 3_600_000).toFixed(2)} simulated hours in ${seconds.toFixed(1)} s, ` +
        `${Math.round(this.#virtualMs / 1000 / seconds)} times as fast as real time`,
      ...[...this.#outcomes].sort().map(([outcome, times]) => `  ${outcome}: ${times}`),
    ]
  }
}
