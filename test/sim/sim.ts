/**
 * `npm run sim -- --seeds N [--from S] [--seconds T]`: runs seeds, for T seconds at most, says how fast, and shows each that fails, made as
 * small as it can be.
 * `npm run sim -- --scale N,M [--bytes … --packet-bytes … --tree … --fan-out … --bytes-per-second …] [--plot FILE]`: one push to N
 * terminals, then one to M, over a healthy network, measured, and drawn to FILE as SVG.
 * `npm run sim -- --orders N [--tree … --fan-out …]`: one push to N terminals on lines of three rates: ranked, by lot, the slowest above.
 */

import { writeFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'
import { ALL_FAULTS, type FaultKind } from './faults.ts'
import { Identities } from './identities.ts'
import { measureOrders } from './order.ts'
import { type RunResult, runScenario } from './run.ts'
import { measureScale, type ScaleFigures, tellScale } from './scale.ts'
import { drawScale } from './scale-plot.ts'
import { drawScenario, type PushPlan, type ScenarioWish } from './scenario.ts'
import { runInWorkers } from './seed-workers.ts'
import { shrink } from './shrink.ts'
import { Totals } from './totals.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    workers: { type: 'string', default: String(availableParallelism()) },
    terminals: { type: 'string' },
    faults: { type: 'string' },
    'no-liars': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    seconds: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    scale: { type: 'string' },
    plot: { type: 'string' },
    orders: { type: 'string' },
    bytes: { type: 'string', default: String(256 * 1024) },
    'packet-bytes': { type: 'string', default: '4096' },
    tree: { type: 'string', default: 'classic' },
    'fan-out': { type: 'string', default: '3' },
    'bytes-per-second': { type: 'string', default: '2500000' },
  },
})

const say = (text: string) => process.stdout.write(`${text}\n`)

/** @returns whether all seeds kept the laws */
async function runSeeds(): Promise<boolean> {
  const wish: ScenarioWish = {
    faults: values.faults === undefined ? ALL_FAULTS : (values.faults.split(',').filter(Boolean) as FaultKind[]),
    liars: !values['no-liars'],
    ...(values.terminals === undefined ? {} : { terminals: Number(values.terminals) }),
  }
  const range = { first: Number(values.from), count: Number(values.seeds), step: 1 }
  const totals = new Totals()
  const failed: RunResult[] = []
  const endMs = performance.now() + Number(values.seconds ?? Number.POSITIVE_INFINITY) * 1000
  const heard = (result: RunResult) => {
    totals.add(result)
    if (result.failure === undefined) return performance.now() < endMs
    failed.push(result)
    say(`seed ${result.seed} failed: ${result.failure}`)
    return values['keep-going']
  }
  if (values.verbose) {
    for (let seed = range.first; seed < range.first + range.count; seed++) {
      if (!heard(await runScenario(drawScenario(seed, wish), { identities: new Identities(), tell: say }))) break
    }
  } else {
    await runInWorkers({ range, wish, workers: Number(values.workers), heard })
  }
  for (const line of totals.tell()) say(line)
  if (!values['no-shrink']) for (const { seed } of failed) await showSmallest(seed, wish)
  return failed.length === 0
}

async function showSmallest(seed: number, wish: ScenarioWish): Promise<void> {
  const identities = new Identities()
  const { failure, scenario } = await shrink(drawScenario(seed, wish), (smaller) =>
    runScenario(smaller, { identities }),
  )
  say(`seed ${seed}, made smaller: ${failure}\n  ${JSON.stringify(scenario)}`)
}

if (values.orders !== undefined) {
  const wish = { tree: values.tree as PushPlan['tree'], fanOut: Number(values['fan-out']) }
  for (const line of await measureOrders(Number(values.orders), wish)) say(line)
} else if (values.scale !== undefined) {
  const sizes = {
    contentBytes: Number(values.bytes),
    packetBytes: Number(values['packet-bytes']),
    tree: values.tree as PushPlan['tree'],
    fanOut: Number(values['fan-out']),
    lineBytesPerSecond: Number(values['bytes-per-second']),
  }
  const figures: ScaleFigures[] = []
  for (const terminals of values.scale.split(',')) {
    const measured = await measureScale({ terminals: Number(terminals), ...sizes })
    say(tellScale(measured))
    figures.push(measured)
  }
  if (values.plot !== undefined) writeFileSync(values.plot, await drawScale(figures))
} else {
  process.exitCode = (await runSeeds()) ? 0 : 1
}
