/**
 * What time it is at the main server, as a terminal knows it: content goes live and away by that clock.
 *
 *   CLOCK ──► main server        it reads its clock ──► CLOCK with nowMs         round trip r: nowMs is 0 to r old, taken to be r / 2
 *
 * Between two readings the monotonic clock counts, so a jump of this machine's own clock moves nothing. How far the main server's clock
 * is ahead of this machine's is kept on the disk, for a start at which the main server is away; then a jump while nothing ran cannot be
 * told from time that passed, but time never falls behind the last reading.
 */

import type { Clock } from '../system/clock.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { ClockRecord, KeptClock } from './clock-record.ts'

/** How much two quartz clocks drift apart at most, by what both count: 200 parts in a million. */
const DRIFT = 2e-4
/** A kept offset that is this wrong is written anew; so is a reading that is this old. */
const KEEP_AHEAD_MS = 20
const KEEP_READ_MS = 60_000

export interface MainClockOptions {
  readonly clock: Clock
  readonly log: Log
  /** What a restart is to find again. */
  readonly record: Pick<ClockRecord, 'read' | 'keep'>
}

interface Reading {
  /** To be added to the monotonic clock. */
  readonly offsetMs: number
  readonly errorMs: number
  readonly atMs: number
}

export class MainClock {
  readonly #options: MainClockOptions
  #reading: Reading | undefined
  #kept: KeptClock | undefined
  #asked: { readonly sequence: number; readonly atMs: number } | undefined
  #sequence = 0

  private constructor(options: MainClockOptions) {
    this.#options = options
  }

  static load(options: MainClockOptions): MainClock {
    const mainClock = new MainClock(options)
    const kept = options.record.read()
    if (kept === undefined) return mainClock
    const { clock } = options
    const nowMs = Math.max(clock.now() + kept.aheadMs, kept.readMs)
    const atMs = clock.monotonic()
    mainClock.#kept = kept
    mainClock.#reading = { offsetMs: nowMs - atMs, errorMs: Number.POSITIVE_INFINITY, atMs }
    return mainClock
  }

  /** Milliseconds since 1970; undefined before the clock was ever read. */
  now(): number | undefined {
    return this.#reading && this.#options.clock.monotonic() + this.#reading.offsetMs
  }

  /** The question to send now. One that was never answered is given up. */
  ask(): MessageBody<'clock'> {
    this.#asked = { sequence: ++this.#sequence, atMs: this.#options.clock.monotonic() }
    return { sequence: this.#sequence }
  }

  /** @returns whether the clock was read anew */
  answered({ sequence, nowMs }: MessageBody<'clock'>): boolean {
    const { clock } = this.#options
    if (nowMs === undefined || sequence !== this.#asked?.sequence) return false
    const atMs = clock.monotonic()
    const roundTripMs = atMs - this.#asked.atMs
    this.#asked = undefined
    // Where one way may have taken far longer than the other, late is the safe side: nothing is shown before its time.
    const transitMs = Math.min(roundTripMs / 2, LIMITS.clockTransitMs)
    const read = { offsetMs: nowMs + transitMs - atMs, errorMs: roundTripMs - transitMs, atMs }
    if (!isWorse(read, this.#reading)) this.#reading = read
    this.keep()
    return true
  }

  /** Writes down what the next start needs, when that has changed: also when this machine's clock has jumped. */
  keep(): void {
    const { clock, record, log } = this.#options
    const readMs = this.now()
    if (readMs === undefined) return
    const aheadMs = readMs - clock.now()
    const kept = this.#kept
    if (
      kept !== undefined &&
      Math.abs(aheadMs - kept.aheadMs) < KEEP_AHEAD_MS &&
      Math.abs(readMs - kept.readMs) < KEEP_READ_MS
    )
      return
    this.#kept = { aheadMs, readMs }
    record.keep(this.#kept).catch((error: unknown) => {
      log.warn('the time of the main server cannot be kept', { error: messageOf(error) })
    })
  }
}

/** Whether a reading tells less than the one before, carried on; one that contradicts it is news, and better. */
function isWorse(read: Reading, before: Reading | undefined): boolean {
  if (before === undefined) return false
  const carriedErrorMs = before.errorMs + (read.atMs - before.atMs) * DRIFT
  const apartMs = Math.abs(read.offsetMs - before.offsetMs)
  return read.errorMs > carriedErrorMs && apartMs <= read.errorMs + carriedErrorMs
}
