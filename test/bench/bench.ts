/**
 * `npm run bench [-- NAME… [--runs N] [--peers NAME,…|none] [--out FILE] [--plots FOLDER]]`: measures the built executable and prints a table.
 *
 * Nothing is asserted about time. It ends with 1 when a scenario failed or something did not hold that has to hold at any speed (a copy
 * that differs, a tree that is not the dealt one), else with 0; with 2 for a wrong command line.
 */

import { mkdirSync, writeFileSync } from 'node:fs'
import { labAvailable } from '../lab/lab.ts'
import { type BenchArguments, readArguments, USAGE } from './arguments.ts'
import { Endings } from './endings.ts'
import { drawEntries } from './report/completion-plot.ts'
import { type Entry, succeeded } from './report/entry.ts'
import { resultsDocument } from './report/results-document.ts'
import { resultsTable } from './report/results-table.ts'
import type { Bench, Scenario } from './scenario.ts'
import { activation39 } from './scenarios/activation39.ts'
import { capture } from './scenarios/capture.ts'
import { delta } from './scenarios/delta.ts'
import { faults39 } from './scenarios/faults39.ts'
import { lab8 } from './scenarios/lab8.ts'
import { lab39 } from './scenarios/lab39.ts'
import { order15 } from './scenarios/order15.ts'
import { sizes } from './scenarios/sizes.ts'
import { slow39 } from './scenarios/slow39.ts'
import { small39 } from './scenarios/small39.ts'
import { unshaped8 } from './scenarios/unshaped8.ts'

const SCENARIOS: readonly Scenario[] = [
  lab39,
  lab8,
  unshaped8,
  small39,
  activation39,
  sizes,
  slow39,
  order15,
  faults39,
  delta,
  capture,
]

try {
  const names = SCENARIOS.map(({ name }) => name)
  process.exitCode = await bench(readArguments(process.argv.slice(2), names))
} catch (error) {
  console.error(`bench: ${error instanceof Error ? error.message : error}\n${USAGE}`)
  process.exitCode = 2
}

async function bench({ names, runs, peers, out, plots }: BenchArguments): Promise<number> {
  // Before the work, so that a path that cannot be written is not found out after it.
  if (out !== undefined) writeFileSync(out, '')
  if (plots !== undefined) mkdirSync(plots, { recursive: true })
  const lab = labAvailable()
  const entries: Entry[] = []
  for (const scenario of SCENARIOS.filter(({ name }) => names.includes(name))) {
    console.log(`${scenario.name}: ${scenario.summary}`)
    entries.push(await runScenario(scenario, { runs: runs ?? scenario.defaultRuns, peers, lab }))
  }
  console.log(`\n${resultsTable(entries)}`)
  if (out !== undefined) writeFileSync(out, `${JSON.stringify(resultsDocument(entries), null, 2)}\n`)
  if (plots !== undefined) await drawEntries(entries, plots)
  return entries.every(succeeded) ? 0 : 1
}

async function runScenario(scenario: Scenario, given: Pick<Bench, 'runs' | 'peers' | 'lab'>): Promise<Entry> {
  const endings = new Endings()
  const { endWith } = endings
  const interrupted = () => endings.endAll().finally(() => process.exit(130))
  process.once('SIGINT', interrupted).once('SIGTERM', interrupted)
  const { name, summary } = scenario
  try {
    const outcome = await scenario.run({ ...given, endWith, say: (line) => console.log(`  ${line}`) })
    await endings.endAll()
    return { name, summary, outcome }
  } catch (error) {
    await endings.endAll().catch((failure) => console.error(`  ${failure}`))
    return { name, summary, outcome: { failed: error instanceof Error ? error.message : String(error) } }
  } finally {
    process.off('SIGINT', interrupted).off('SIGTERM', interrupted)
  }
}
