/**
 * The live tree on a real screen: keeps the newest snapshot, lets the clock run between snapshots, takes keys, and leaves a last drawing
 * on the screen that was there before. It sends nothing: whoever wants out is reported to the command as an interruption.
 */

import type { Clock } from '../system/clock.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { LiveModel } from './live-model.ts'
import { openScreen, type Screen } from './screen.tsx'
import { type ScreenSize, sizeOf } from './screen-size.ts'
import { paintLines } from './text/paint.ts'

export interface LiveViewOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly clock: Clock
  readonly unicode: boolean
  readonly color: boolean
  /** Whether leaving the view cancels the transfer: then it is asked first. */
  readonly ownsTransfer: boolean
  readonly interrupt: () => void
  /** Leaves the transfer to itself; undefined where it cannot go on without this process. */
  readonly detach: (() => void) | undefined
}

export interface LiveView {
  /** Draws the snapshot in place of the one before. */
  show(snapshot: TransferSnapshot): void
  /** Ends the view and leaves its last drawing. Harmless when it has ended. */
  close(): Promise<void>
}

/** What is over sooner is not worth a flash of the screen. */
const OPEN_AFTER_MS = 250
/** The time goes on also while no snapshot comes; one that comes shows the time as well. */
const CLOCK_PERIOD_MS = 1100
/** Kept free below the last drawing, for the summary and the prompt. */
const ROWS_BELOW = 2

const FINAL_STATES: readonly string[] = ['complete', 'partial', 'failed', 'cancelled']

/** Takes the screen soon, and shows `first`. */
export function startLiveView(first: TransferSnapshot, options: LiveViewOptions): LiveView {
  const { stdin, stdout, clock, unicode, color, ownsTransfer, interrupt, detach } = options
  const keys = stdin.isTTY === true
  const model = new LiveModel(first, { unicode, keys, ownsTransfer, detachable: detach !== undefined })
  let shownAtMs = clock.monotonic()
  let screen: Screen | undefined
  let closed = false
  const elapsedSeconds = () => {
    const { state, seconds } = model.snapshot
    return seconds + (FINAL_STATES.includes(state) ? 0 : (clock.monotonic() - shownAtMs) / 1000)
  }
  const press = (key: string, size: ScreenSize) => {
    const wish = model.press(key, size)
    if (wish === 'interrupt') interrupt()
    if (wish === 'detach') detach?.()
  }
  const opening = clock.after(OPEN_AFTER_MS, () => {
    screen = openScreen({
      stdin,
      stdout,
      clock,
      color,
      draw: (size) => model.draw(size, elapsedSeconds()),
      press: keys ? press : undefined,
    })
  })
  const redraw = () => {
    ticking.cancel()
    ticking = clock.after(CLOCK_PERIOD_MS, redraw)
    screen?.redraw()
  }
  let ticking = clock.after(CLOCK_PERIOD_MS, redraw)
  return {
    show(next) {
      model.show(next)
      shownAtMs = clock.monotonic()
      redraw()
    },
    async close() {
      if (closed) return
      closed = true
      opening.cancel()
      ticking.cancel()
      await screen?.close()
      const { columns, rows } = sizeOf(stdout)
      stdout.write(paintLines(model.drawLast({ columns, rows: rows - ROWS_BELOW }, elapsedSeconds()), { color }))
    },
  }
}
