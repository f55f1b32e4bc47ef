/** Pushes to ever more terminals, drawn as SVG: time against the least, depth, and what the main server has to do for each terminal. */

import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { ScaleFigures } from './scale.ts'

const PANEL_WIDTH = 320
const PANEL_HEIGHT = 220

const PANELS = [
  { title: 'time ÷ F/B', of: ({ tookMs, leastMs }: ScaleFigures) => tookMs / leastMs },
  { title: 'depth', of: ({ depth }: ScaleFigures) => depth },
  {
    title: 'frames at the main server, a terminal',
    of: ({ main }: ScaleFigures) => main.sentFrames + main.heardFrames,
  },
  { title: 'bytes at the main server, a terminal', of: ({ main }: ScaleFigures) => main.sentBytes + main.heardBytes },
] as const

/** @returns an SVG with a panel for each of the figures, over the number of terminals, which is drawn by its logarithm */
export function drawScale(figures: readonly ScaleFigures[]): Promise<string> {
  const specification: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    background: 'white',
    columns: 2,
    concat: PANELS.map(({ title, of }) => ({
      title,
      width: PANEL_WIDTH,
      height: PANEL_HEIGHT,
      data: { values: figures.map((each) => ({ terminals: each.scale.terminals, value: of(each) })) },
      mark: { type: 'line' as const, point: true },
      encoding: {
        x: { field: 'terminals', type: 'quantitative' as const, scale: { type: 'log' as const }, title: 'terminals' },
        y: { field: 'value', type: 'quantitative' as const, scale: { zero: true }, title: null },
      },
    })),
  }
  return new View(parse(compile(specification).spec), { renderer: 'none' }).toSVG()
}
