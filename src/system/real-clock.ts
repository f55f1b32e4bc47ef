/** The operating system's clock. The only file that reads time or sets a timer. */

import type { Clock, Timer } from './clock.ts'

/** setTimeout takes a signed 32-bit delay and fires at once for a longer one, so a longer wait is made of several. */
const LONGEST_TIMEOUT_MS = 2 ** 31 - 1

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  after: (delayMs, run, options) => startTimer(delayMs, run, options?.background === true),
}

function startTimer(delayMs: number, run: () => void, background: boolean): Timer {
  let handle: NodeJS.Timeout
  const arm = (leftMs: number) => {
    const stepMs = Math.min(leftMs, LONGEST_TIMEOUT_MS)
    handle = setTimeout(() => (leftMs > stepMs ? arm(leftMs - stepMs) : run()), stepMs)
    if (background) handle.unref()
  }
  arm(Math.max(0, delayMs))
  return { cancel: () => clearTimeout(handle) }
}
