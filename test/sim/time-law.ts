/**
 * Content is never shown before its time by the main server's clock, and never by a terminal that has heard that it was called off.
 *
 * A terminal may go by any reading that the main server's clock ever had, and by the last that it heard itself, carried on: it may be
 * cut off when that clock is set back. One whose own clock jumped, and that
 * then started again without its main server, cannot know better: nothing is asked of it until it has read that clock again.
 */

import type { Clock } from '../../src/system/clock.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'

/** What is under way when the word comes may be finished. */
const FINISHING_MS = 10_000
/** A process that ends so soon after the word may not have written it down. */
const HEEDING_MS = 2_000
/** Whole milliseconds on every clock. */
const ROUNDING_MS = 5

export class TimeLaw {
  readonly #clock: Clock
  readonly #mainNow: () => number
  readonly #fail: (what: string) => void
  readonly #activateAtMs = new Map<number, number>()
  /** The latest reading that the main server's clock had before it was set back. */
  #latestMs = 0
  /** When that clock was set, and how far it was ahead of the monotonic clock until then. */
  readonly #jumps: { readonly atMs: number; readonly aheadMs: number }[] = []
  /** When each terminal has read it last. */
  readonly #readAtMs = new Map<string, number>()
  readonly #jumped = new Set<string>()
  readonly #misled = new Set<string>()
  /** By terminal and transfer: when it heard that it is called off. */
  readonly #calledOff = new Map<string, Map<number, number>>()

  constructor(parts: { clock: Clock; mainNow: () => number; fail: (what: string) => void }) {
    this.#clock = parts.clock
    this.#mainNow = parts.mainNow
    this.#fail = parts.fail
  }

  planned({ transfer, activateAt }: Pick<TransferSnapshot, 'transfer' | 'activateAt'>): void {
    if (transfer !== null && activateAt !== null) this.#activateAtMs.set(transfer, Date.parse(activateAt))
  }

  /** The main server's clock is about to be set. */
  mainJumps(): void {
    const nowMs = this.#mainNow()
    const atMs = this.#clock.monotonic()
    this.#latestMs = Math.max(this.#latestMs, nowMs)
    this.#jumps.push({ atMs, aheadMs: nowMs - atMs })
  }

  jumped(terminal: string): void {
    this.#jumped.add(terminal)
  }

  started(terminal: string): void {
    if (this.#jumped.has(terminal)) this.#misled.add(terminal)
  }

  /** The terminal's process is gone. */
  left(terminal: string): void {
    const nowMs = this.#clock.monotonic()
    const heard = this.#calledOff.get(terminal)
    for (const [transfer, atMs] of heard ?? []) if (nowMs - atMs < HEEDING_MS) heard?.delete(transfer)
  }

  clockRead(terminal: string): void {
    this.#misled.delete(terminal)
    this.#readAtMs.set(terminal, this.#clock.monotonic())
  }

  heardOff(terminal: string, transfer: number): void {
    const heard = this.#calledOff.get(terminal) ?? new Map<number, number>()
    this.#calledOff.set(terminal, heard)
    if (!heard.has(transfer)) heard.set(transfer, this.#clock.monotonic())
  }

  /** It is sent the content again. */
  requested(terminal: string, transfer: number): void {
    this.#calledOff.get(terminal)?.delete(transfer)
  }

  shown(terminal: string, transfer: number): void {
    const dueMs = this.#activateAtMs.get(transfer)
    const latestMs = this.#latestFor(this.#readAtMs.get(terminal) ?? 0)
    const earlyMs = (dueMs ?? 0) - latestMs - LIMITS.clockTransitMs - ROUNDING_MS
    if (earlyMs > 0 && !this.#misled.has(terminal))
      this.#fail(`${terminal} showed transfer ${transfer} too early by ${Math.ceil(earlyMs)} ms`)
    const heardMs = this.#calledOff.get(terminal)?.get(transfer)
    if (heardMs !== undefined && this.#clock.monotonic() - heardMs > FINISHING_MS)
      this.#fail(`${terminal} showed transfer ${transfer}, which it had heard is called off`)
  }

  /** Whether this moment is over by any reading that the main server's clock had. */
  wasReached(atMs: number): boolean {
    return atMs <= this.#latestFor(0) + LIMITS.clockTransitMs + ROUNDING_MS
  }

  /** The latest that who read the main server's clock then may take it to be now. */
  #latestFor(readAtMs: number): number {
    const nowMs = this.#clock.monotonic()
    // An answer may have been under way when the clock was set.
    const carriedOn = this.#jumps
      .filter(({ atMs }) => atMs >= readAtMs - LIMITS.clockTransitMs)
      .map(({ aheadMs }) => nowMs + aheadMs)
    return Math.max(this.#latestMs, this.#mainNow(), ...carriedOn)
  }
}
