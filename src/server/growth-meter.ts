/**
 * How fast a count grows now: its growth over the last two seconds. Reports may come bunched together or not at all; a rate taken between
 * two of them would be anything, and the last one of a terminal that fell silent would stand for ever.
 */

const WINDOW_MS = 2_000
/** Counts are kept this far apart, and a rate is taken over no less: two reports in one moment say nothing of a rate. */
const STEP_MS = 200

export class GrowthMeter {
  /** At most those of the window, and the last one before it. */
  readonly #kept: { atMs: number; total: number }[] = []
  #total = 0

  get total(): number {
    return this.#total
  }

  /** The count is `total` at `nowMs`; neither ever falls. */
  note(total: number, nowMs: number): void {
    this.#total = total
    const last = this.#kept.at(-1)
    if (last !== undefined && nowMs - last.atMs < STEP_MS) return
    this.#kept.push({ atMs: nowMs, total })
    while ((this.#kept[1]?.atMs ?? nowMs) <= nowMs - WINDOW_MS) this.#kept.shift()
  }

  /** Growth per second over the two seconds before `nowMs`. */
  perSecond(nowMs: number): number {
    const start = this.#kept.findLast(({ atMs }) => atMs <= nowMs - WINDOW_MS) ?? this.#kept[0]
    if (start === undefined) return 0
    const elapsedMs = Math.max(nowMs - start.atMs, STEP_MS)
    return ((this.#total - start.total) * 1000) / elapsedMs
  }
}
