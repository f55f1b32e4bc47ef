/**
 * When a delivery that failed, and is still owed, is tried once more while its terminal is here all the time.
 *
 *   quiet for deliveryFailMs ──► tried ──quiet for twice as long──► tried ──► … ──► tried every hour
 *          ▲                                                          │
 *          └──────────────── its bytes have grown meanwhile ──────────┘
 *
 * So one that was given up too early is helped soon, and one that fails always costs next to nothing.
 */

import type { Clock } from '../system/clock.ts'
import { LIMITS } from '../wire/limits.ts'
import type { DeliveryView } from './delivery-view.ts'

/** It is never left alone for longer. */
const MOST_WAIT_MS = 3_600_000

export class RetryPace {
  readonly #clock: Pick<Clock, 'monotonic'>
  readonly #waits = new WeakMap<DeliveryView, { readonly bytes: number; readonly waitMs: number }>()

  constructor(clock: Pick<Clock, 'monotonic'>) {
    this.#clock = clock
  }

  /** @returns whether it is to be tried now; if so, the next time is farther off */
  take(delivery: DeliveryView): boolean {
    const { bytes, livelyAtMs } = delivery
    const known = this.#waits.get(delivery)
    const waitMs = known === undefined || bytes > known.bytes ? LIMITS.deliveryFailMs : known.waitMs
    if (this.#clock.monotonic() - livelyAtMs < waitMs) return false
    this.#waits.set(delivery, { bytes, waitMs: Math.min(MOST_WAIT_MS, 2 * waitMs) })
    return true
  }
}
