/**
 * Notices a peer that is gone without a word (half-open detection).
 *
 * A link says PING when it has heard nothing for `pingAfterMs`, and also when it has *said* nothing for that long: a peer whose
 * outgoing direction is full of data then still hears something often enough, although its own PING waits behind that data.
 * After `silentAfterMs` without a byte the peer counts as gone.
 *
 * One lazy timer a link: bytes that come and go only write down the time, so a busy link costs no timers.
 */

import type { Clock, Timer } from '../system/clock.ts'
import { LIMITS } from '../wire/limits.ts'

export interface KeepaliveTimes {
  readonly pingAfterMs: number
  readonly silentAfterMs: number
}

export const DEFAULT_KEEPALIVE: KeepaliveTimes = {
  pingAfterMs: LIMITS.linkPingAfterMs,
  silentAfterMs: LIMITS.linkSilentAfterMs,
}

export interface KeepaliveActions {
  ping(): void
  /** The peer was silent for too long. Called at most once. */
  silent(): void
}

export class Keepalive {
  readonly #clock: Clock
  readonly #times: KeepaliveTimes
  readonly #actions: KeepaliveActions
  #heardMs: number
  #saidMs: number
  /** Whether a PING went out since the peer was last heard. */
  #asked = false
  #timer: Timer

  constructor(clock: Clock, times: KeepaliveTimes, actions: KeepaliveActions) {
    this.#clock = clock
    this.#times = times
    this.#actions = actions
    this.#heardMs = clock.monotonic()
    this.#saidMs = this.#heardMs
    this.#timer = this.#arm(times.pingAfterMs)
  }

  /** Any byte came from the peer. */
  heard(): void {
    this.#heardMs = this.#clock.monotonic()
    this.#asked = false
  }

  /** Any frame was handed to the network. */
  said(): void {
    this.#saidMs = this.#clock.monotonic()
  }

  stop(): void {
    this.#timer.cancel()
  }

  #arm(delayMs: number): Timer {
    const dueMs = this.#clock.monotonic() + delayMs
    // Never at once: rounding may leave a delay too small to move the clock.
    return this.#clock.after(Math.max(1, delayMs), () => this.#tick(dueMs), { background: true })
  }

  #tick(dueMs: number): void {
    const nowMs = this.#clock.monotonic()
    const { pingAfterMs, silentAfterMs } = this.#times
    // A tick this late means that this process stood still, not the peer: what the peer said meanwhile is not read yet.
    if (nowMs - dueMs > pingAfterMs) this.#heardMs = nowMs
    if (nowMs - this.#heardMs >= silentAfterMs) {
      this.#actions.silent()
      return
    }
    const longUnheard = nowMs - this.#heardMs >= pingAfterMs && !this.#asked
    if (longUnheard || nowMs - this.#saidMs >= pingAfterMs) {
      this.#saidMs = nowMs
      this.#asked = true
      this.#actions.ping()
    }
    const hearByMs = this.#heardMs + (this.#asked ? silentAfterMs : pingAfterMs)
    this.#timer = this.#arm(Math.min(hearByMs, this.#saidMs + pingAfterMs) - nowMs)
  }
}
