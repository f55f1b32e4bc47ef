/**
 * Where one delivery's bytes come from: for each upstream it had, how much came from it and how fast it does now. Fed by the terminal's
 * PROGRESS; a terminal may name whom it likes, so the list is bounded.
 */

/** Bytes that came from one upstream. */
export interface Source {
  readonly handle: number
  readonly bytes: number
  readonly bytesPerSecond: number
}

interface Count {
  bytes: number
  bytesPerSecond: number
  /** The terminal's own count, which begins again when it gets the same upstream anew. */
  reportedBytes: number
}

/** Weight of the newest rate; with a report every 250 ms this forgets half of the past in about a second. */
const RATE_WEIGHT = 0.3
/** A rate that nothing was heard of for this long falls. */
const FRESH_MS = 1_000
const MOST_SOURCES = 128

export class SourceRates {
  readonly #counts = new Map<number, Count>()
  #heardAtMs: number | undefined

  /** Takes a report: the bytes that came from each upstream so far, an upstream of several stripes several times. */
  note(reported: readonly { handle: number; bytes: number }[], nowMs: number): void {
    const elapsedMs = nowMs - (this.#heardAtMs ?? nowMs)
    this.#heardAtMs = nowMs
    const bytesOf = new Map<number, number>()
    for (const { handle, bytes } of reported) bytesOf.set(handle, (bytesOf.get(handle) ?? 0) + bytes)
    for (const [handle, bytes] of bytesOf) this.#grow(handle, bytes, elapsedMs)
    for (const [handle, count] of this.#counts) if (!bytesOf.has(handle)) count.bytesPerSecond = 0
  }

  /** The upstreams with their rates as they are at `nowMs`, in the order in which they came. */
  list(nowMs: number): Source[] {
    const factor = freshness(nowMs - (this.#heardAtMs ?? nowMs))
    return [...this.#counts].map(([handle, { bytes, bytesPerSecond }]) => ({
      handle,
      bytes,
      bytesPerSecond: bytesPerSecond * factor,
    }))
  }

  #grow(handle: number, reportedBytes: number, elapsedMs: number): void {
    const known = this.#counts.get(handle)
    if (known === undefined && this.#counts.size >= MOST_SOURCES) return
    const count = known ?? { bytes: 0, bytesPerSecond: 0, reportedBytes: 0 }
    this.#counts.set(handle, count)
    const grownBytes = reportedBytes >= count.reportedBytes ? reportedBytes - count.reportedBytes : reportedBytes
    count.reportedBytes = reportedBytes
    count.bytes += grownBytes
    if (elapsedMs <= 0) return
    const rate = (grownBytes * 1000) / elapsedMs
    count.bytesPerSecond += (rate - count.bytesPerSecond) * (count.bytesPerSecond === 0 ? 1 : RATE_WEIGHT)
  }
}

/** What is left of a rate after a silence: a terminal reports nothing while nothing comes. */
export function freshness(quietMs: number): number {
  return quietMs <= FRESH_MS ? 1 : FRESH_MS / quietMs
}
