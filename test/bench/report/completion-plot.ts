/** How many hosts had their copy after how long: a step for every host, a line for every program, as SVG. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { parse, View } from 'vega'
import { compile, type TopLevelSpec } from 'vega-lite'
import type { Completion } from '../scenario.ts'
import type { Entry } from './entry.ts'

/** Writes `NAME.svg` for every scenario that has completion times. */
export async function drawEntries(entries: readonly Entry[], folder: string): Promise<void> {
  for (const { name, summary, outcome } of entries) {
    const completions = 'measures' in outcome ? (outcome.completions ?? []) : []
    if (completions.length === 0) continue
    writeFileSync(join(folder, `${name}.svg`), await drawCompletions(summary, completions))
  }
}

/** The programs keep their order in the legend; time is drawn by its logarithm, since peers differ by more than tenfold. */
export async function drawCompletions(title: string, completions: readonly Completion[]): Promise<string> {
  const values = completions.flatMap(({ name, seconds }) =>
    seconds.toSorted((a, b) => a - b).map((second, k) => ({ name, second, hosts: k + 1 })),
  )
  const specification: TopLevelSpec = {
    $schema: 'https://vega.github.io/schema/vega-lite/v6.json',
    title,
    background: 'white',
    width: 640,
    height: 320,
    data: { values },
    mark: { type: 'line', interpolate: 'step-after', point: { size: 12 } },
    encoding: {
      x: {
        field: 'second',
        type: 'quantitative',
        scale: { type: 'log' },
        title: 'seconds from the start of the command',
      },
      y: { field: 'hosts', type: 'quantitative', title: 'hosts that have the file' },
      color: { field: 'name', type: 'nominal', title: null, sort: completions.map(({ name }) => name) },
    },
  }
  return new View(parse(compile(specification).spec), { renderer: 'none' }).toSVG()
}
