/**
 * Where one delivery's bytes come from: for each upstream it had, how much came from it and how fast it does now. Fed by the terminal's
 * PROGRESS; a terminal may name whom it likes, so the list is bounded.
 */

import { MAX_TOLD_EDGES } from '../wire/field-schemas.ts'
import { GrowthMeter } from './growth-meter.ts'

/** Bytes that came from one upstream. */
export interface Source {
  readonly handle: number
  readonly bytes: number
  readonly bytesPerSecond: number
}

interface Count {
  readonly meter: GrowthMeter
  /** The terminal's own count, which begins again when it gets the same upstream anew. */
  reportedBytes: number
}

export class SourceRates {
  readonly #counts = new Map<number, Count>()

  /** Takes a report: the bytes that came from each upstream so far, an upstream of several stripes several times. */
  note(reported: readonly { handle: number; bytes: number }[], nowMs: number): void {
    const bytesOf = new Map<number, number>()
    for (const { handle, bytes } of reported) bytesOf.set(handle, (bytesOf.get(handle) ?? 0) + bytes)
    for (const [handle, bytes] of bytesOf) this.#grow(handle, bytes, nowMs)
  }

  /** The upstreams with their rates as they are at `nowMs`, in the order in which they came. */
  list(nowMs: number): Source[] {
    return [...this.#counts].map(([handle, { meter }]) => ({
      handle,
      bytes: meter.total,
      bytesPerSecond: meter.perSecond(nowMs),
    }))
  }

  #grow(handle: number, reportedBytes: number, nowMs: number): void {
    const count = this.#counts.get(handle) ?? this.#begin(handle)
    if (count === undefined) return
    const grownBytes = reportedBytes >= count.reportedBytes ? reportedBytes - count.reportedBytes : reportedBytes
    count.reportedBytes = reportedBytes
    count.meter.note(count.meter.total + grownBytes, nowMs)
  }

  #begin(handle: number): Count | undefined {
    if (this.#counts.size >= MAX_TOLD_EDGES) return undefined
    const count = { meter: new GrowthMeter(), reportedBytes: 0 }
    this.#counts.set(handle, count)
    return count
  }
}
