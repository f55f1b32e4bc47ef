/**
 * How often one operator is shown one transfer. A snapshot names every terminal, and the line that it goes over is the one that the
 * content goes over: the next is sent once the last was taken, after a rest that grows with the time that this took.
 *
 *   idle ──snapshot, sent──► under way ──taken──► resting ──its end──► idle
 *                  newer ones wait, the newest alone ┘
 */

import type { Clock, Timer } from '../system/clock.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'

/** Of the time, snapshots take a tenth at most. */
const RESTS_PER_SNAPSHOT = 9

export class SnapshotPace {
  readonly #clock: Clock
  readonly #send: (snapshot: TransferSnapshot, final: boolean) => void
  #waiting: TransferSnapshot | undefined
  #sentAtMs: number | undefined
  #rest: Timer | undefined

  constructor(clock: Clock, send: (snapshot: TransferSnapshot, final: boolean) => void) {
    this.#clock = clock
    this.#send = send
  }

  /** Sends it when its time has come, unless there is a newer one by then; the final one at once. */
  show(snapshot: TransferSnapshot, final: boolean): void {
    if (final) {
      this.stop()
      this.#send(snapshot, final)
      return
    }
    this.#waiting = snapshot
    this.#go()
  }

  /** The operator has the last one. */
  taken(): void {
    if (this.#sentAtMs === undefined) return
    const restMs = (this.#clock.monotonic() - this.#sentAtMs) * RESTS_PER_SNAPSHOT
    this.#sentAtMs = undefined
    this.#rest = this.#clock.after(restMs, () => {
      this.#rest = undefined
      this.#go()
    })
  }

  stop(): void {
    this.#rest?.cancel()
    this.#rest = undefined
    this.#waiting = undefined
  }

  #go(): void {
    if (this.#waiting === undefined || this.#sentAtMs !== undefined || this.#rest !== undefined) return
    const snapshot = this.#waiting
    this.#waiting = undefined
    this.#sentAtMs = this.#clock.monotonic()
    this.#send(snapshot, false)
  }
}
