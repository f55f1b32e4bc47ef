/**
 * The live tree on a real screen: keeps the newest snapshot, lets the clock run between snapshots, and leaves the last frame
 * standing. Draws only; it sends nothing and reads no keys, so Ctrl-C stays a signal.
 */

import { render } from 'ink'
import { type Clock, every } from '../system/clock.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { LiveTree } from './live-tree.tsx'

export interface LiveViewOptions {
  readonly stdout: NodeJS.WriteStream
  readonly clock: Clock
  readonly unicode: boolean
  readonly color: boolean
}

export interface LiveView {
  /** Draws the snapshot in place of the one before. */
  show(snapshot: TransferSnapshot): void
  /** Ends the view; its last frame stays on the screen. Harmless when it has ended. */
  close(): Promise<void>
}

/** Calm enough to read, quick enough to look alive. */
const FRAMES_PER_SECOND = 8
const CLOCK_PERIOD_MS = 500

const FINAL_STATES: readonly string[] = ['complete', 'partial', 'failed', 'cancelled']

/** Takes over the lower part of the screen and shows `first`. */
export function startLiveView(first: TransferSnapshot, { stdout, clock, unicode, color }: LiveViewOptions): LiveView {
  let snapshot = first
  let shownAt = clock.monotonic()
  const element = () => {
    const sinceShown = FINAL_STATES.includes(snapshot.state) ? 0 : (clock.monotonic() - shownAt) / 1000
    return (
      <LiveTree snapshot={snapshot} elapsedSeconds={snapshot.seconds + sinceShown} unicode={unicode} color={color} />
    )
  }
  const ink = render(element(), {
    stdout,
    interactive: true,
    exitOnCtrlC: false,
    patchConsole: true,
    maxFps: FRAMES_PER_SECOND,
    incrementalRendering: true,
  })
  const redraw = () => ink.rerender(element())
  const ticking = every(clock, CLOCK_PERIOD_MS, redraw)
  return {
    show(next) {
      snapshot = next
      shownAt = clock.monotonic()
      redraw()
    },
    async close() {
      ticking.cancel()
      redraw()
      ink.unmount()
      await ink.waitUntilExit()
    },
  }
}
