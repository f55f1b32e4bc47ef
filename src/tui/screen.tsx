/**
 * A screen of its own on the terminal: shows lines in place of those before, takes keys, and gives the terminal back as it was.
 *
 * Guarantee: at most eight frames a second, and none that would look like the one before.
 */

import { render, Text, useInput } from 'ink'
import type { ReactElement } from 'react'
import type { Clock, Timer } from '../system/clock.ts'
import { keyNames } from './key-names.ts'
import type { Line } from './layout/line.ts'
import { type ScreenSize, sizeOf } from './screen-size.ts'
import { paintLines } from './text/paint.ts'

export interface ScreenOptions {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly clock: Clock
  readonly color: boolean
  /** The lines as they should be now: no more than fit. */
  readonly draw: (size: ScreenSize) => readonly Line[]
  /** Takes a key by its name (key-names.ts). Undefined: the keys stay with the terminal, and Ctrl-C a signal. */
  readonly press: ((key: string, size: ScreenSize) => void) | undefined
}

export interface Screen {
  /** Draws again, soon: now, unless that would be too many frames. */
  redraw(): void
  /** Gives the terminal back. Harmless when that was done. */
  close(): Promise<void>
}

const FRAME_MS = 125

/** Takes the whole terminal until it is closed. */
export function openScreen(options: ScreenOptions): Screen {
  const { stdin, stdout, clock, color } = options
  let shown = paint(options)
  let drawnAtMs = clock.monotonic()
  let pending: Timer | undefined
  const press = (key: string) => {
    options.press?.(key, sizeOf(stdout))
    redraw()
  }
  const element = () => <Painted text={shown} press={options.press === undefined ? undefined : press} />
  const ink = render(element(), {
    stdin,
    stdout,
    interactive: true,
    alternateScreen: true,
    exitOnCtrlC: false,
    patchConsole: false,
    incrementalRendering: true,
  })
  const draw = () => {
    pending = undefined
    const next = paint(options)
    if (next === shown) return
    shown = next
    drawnAtMs = clock.monotonic()
    ink.rerender(element())
  }
  const redraw = () => {
    if (pending !== undefined) return
    const waitMs = drawnAtMs + FRAME_MS - clock.monotonic()
    if (waitMs <= 0) draw()
    else pending = clock.after(waitMs, draw)
  }
  stdout.on('resize', redraw)
  return {
    redraw,
    async close() {
      pending?.cancel()
      stdout.off('resize', redraw)
      ink.unmount()
      await ink.waitUntilExit()
    },
  }

  function paint({ draw: lines }: ScreenOptions): string {
    return paintLines(lines(sizeOf(stdout)), { color }).slice(0, -1)
  }
}

interface PaintedProps {
  readonly text: string
  readonly press: ((key: string) => void) | undefined
}

/** One text, painted before: a component for each piece would cost Ink three times as much. */
export function Painted({ text, press }: PaintedProps): ReactElement {
  useInput(
    (input, key) => {
      for (const name of keyNames(input, key)) press?.(name)
    },
    { isActive: press !== undefined },
  )
  return <Text wrap="truncate">{text}</Text>
}
