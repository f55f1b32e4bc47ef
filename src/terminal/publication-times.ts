/**
 * When content of this terminal goes live, and away: by the main server's clock (main-clock.ts), over restarts, also when the main server
 * is away then.
 *
 *   receiving ──deactivation time──► expire
 *   received  ──activation time, and the main server has nothing against it──► publish        ──deactivation time──► expire
 *   active    ──deactivation time──► withdraw
 *
 * Before content goes live the main server is asked whether it was called off meanwhile, as long as it can be reached; a terminal that
 * has just started gives it a moment to be reached. One that cannot be reached stops nothing.
 */

import type { Clock, Timer } from '../system/clock.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { TimedTransfer } from './destination-record.ts'
import type { MainClock } from './main-clock.ts'

export interface PublicationTimesOptions {
  readonly clock: Clock
  readonly log: Log
  readonly mainClock: MainClock
  /** Sends to the main server; nothing happens while it is away. */
  readonly askClock: () => void
  readonly askConfirmation: (transfer: number) => void
  readonly work: TimedWork
}

/** What to do when a time has come. A rejection is tried again later. */
export interface TimedWork {
  publish(transfer: number): Promise<void>
  withdraw(transfer: number): Promise<void>
  /** It can never be shown any more: its deactivation time is over. */
  expire(transfer: number): Promise<void>
}

interface Entry {
  timed: TimedTransfer
  /** The main server has said on this connection that the transfer is not called off; it would say so if it were, from then on. */
  confirmed: boolean
  /** Not before this moment of the monotonic clock, after a failed try. */
  notBeforeMs: number
}

export class PublicationTimes {
  readonly #options: PublicationTimesOptions
  readonly #entries = new Map<number, Entry>()
  readonly #startedAtMs: number
  /** Of the connection to the main server; undefined while there is none. */
  #connectedAtMs: number | undefined
  #timer: Timer | undefined
  #stopped = false

  constructor(options: PublicationTimesOptions) {
    this.#options = options
    this.#startedAtMs = options.clock.monotonic()
  }

  /** Something is to happen to the transfer at its times; what was known of it before is replaced. */
  schedule(timed: TimedTransfer): void {
    if (nextTimeOf(timed) === undefined) {
      this.forget(timed.transfer)
      return
    }
    this.#entries.set(timed.transfer, { timed, confirmed: false, notBeforeMs: 0 })
    if (this.#connectedAtMs !== undefined) this.#ask(timed)
    this.#arm()
  }

  forget(transfer: number): void {
    this.#entries.delete(transfer)
  }

  /** The main server is there. */
  connected(): void {
    this.#connectedAtMs = this.#options.clock.monotonic()
    this.#options.askClock()
    for (const entry of this.#entries.values()) {
      entry.confirmed = false
      this.#ask(entry.timed)
    }
  }

  disconnected(): void {
    this.#connectedAtMs = undefined
  }

  /** The main server's clock was read. */
  clockRead(): void {
    this.#arm()
  }

  confirmed(transfer: number): void {
    const entry = this.#entries.get(transfer)
    if (entry === undefined) return
    entry.confirmed = true
    this.#arm()
  }

  stop(): void {
    this.#stopped = true
    this.#timer?.cancel()
  }

  #ask({ transfer, stage }: TimedTransfer): void {
    if (stage === 'received') this.#options.askConfirmation(transfer)
  }

  /** Sleeps until the next time. On the way it looks at the main server's clock, and often at the end: the quickest answer is the best. */
  #arm(): void {
    this.#timer?.cancel()
    if (this.#stopped || this.#entries.size === 0) return
    const waitMs = Math.min(...[...this.#entries.values()].map((entry) => this.#waitOf(entry)))
    const { clock } = this.#options
    if (waitMs > LIMITS.clockLastLookMs) {
      const lookMs =
        waitMs > 2 * LIMITS.clockLeadMs ? Math.min(waitMs - LIMITS.clockLeadMs, LIMITS.clockCheckMs) : waitMs / 2
      this.#timer = clock.after(lookMs, () => this.#look(), { background: true })
    } else {
      this.#timer = clock.after(waitMs, () => this.#act(), { background: true })
    }
  }

  #look(): void {
    this.#options.mainClock.keep()
    this.#options.askClock()
    this.#arm()
  }

  #waitOf({ timed, confirmed, notBeforeMs }: Entry): number {
    const { clock, mainClock } = this.#options
    const nowMs = mainClock.now()
    // The first connection reads the clock.
    if (nowMs === undefined) return LIMITS.clockCheckMs
    const dueMs = (nextTimeOf(timed) ?? nowMs) - nowMs
    const heldBackMs = Math.max(
      notBeforeMs,
      isShowing(timed, nowMs) && !confirmed ? this.#patienceEndMs(nowMs, timed) : 0,
    )
    return Math.max(0, dueMs, heldBackMs - clock.monotonic())
  }

  /** Until when an unconfirmed transfer waits for the main server's word, by the monotonic clock. */
  #patienceEndMs(nowMs: number, { activateAtMs }: TimedTransfer): number {
    if (this.#connectedAtMs === undefined) return this.#startedAtMs + LIMITS.confirmMs
    const dueAtMs = this.#options.clock.monotonic() - (nowMs - (activateAtMs ?? nowMs))
    return Math.max(this.#connectedAtMs, dueAtMs) + LIMITS.confirmMs
  }

  #act(): void {
    for (const entry of [...this.#entries.values()]) if (this.#waitOf(entry) <= 0) this.#actOn(entry)
    this.#arm()
  }

  #actOn(entry: Entry): void {
    const { clock, log, mainClock, work } = this.#options
    const { transfer, stage, deactivateAtMs } = entry.timed
    const over = deactivateAtMs !== null && deactivateAtMs <= (mainClock.now() ?? 0)
    const act = stage === 'active' ? work.withdraw : over ? work.expire : work.publish
    // Whatever comes next for it is scheduled anew.
    this.#entries.delete(transfer)
    act(transfer).catch((error: unknown) => {
      log.error('what was to happen to a transfer at its time failed', { transfer, error: messageOf(error) })
      if (this.#entries.has(transfer)) return
      this.#entries.set(transfer, { ...entry, notBeforeMs: clock.monotonic() + LIMITS.timedRetryMs })
      this.#arm()
    })
  }
}

/** When something happens to it next, by the main server's clock; undefined for never. */
function nextTimeOf({ stage, activateAtMs, deactivateAtMs }: TimedTransfer): number | undefined {
  if (stage !== 'received') return deactivateAtMs ?? undefined
  return Math.min(activateAtMs ?? Number.NEGATIVE_INFINITY, deactivateAtMs ?? Number.POSITIVE_INFINITY)
}

/** Whether it would go live now. */
function isShowing({ stage, activateAtMs, deactivateAtMs }: TimedTransfer, nowMs: number): boolean {
  const over = deactivateAtMs !== null && deactivateAtMs <= nowMs
  return stage === 'received' && !over && activateAtMs !== null
}
