/** `npm run sim -- --seeds N [--from S]`: runs seeds, says how fast, and shows each that fails, made as small as it can be. */

import { parseArgs } from 'node:util'
import { ALL_FAULTS, type FaultKind } from './faults.ts'
import { Identities } from './identities.ts'
import { runScenario } from './run.ts'
import { drawScenario } from './scenario.ts'
import { shrink } from './shrink.ts'

const { values } = parseArgs({
  options: {
    seeds: { type: 'string', default: '100' },
    from: { type: 'string', default: '1' },
    terminals: { type: 'string' },
    faults: { type: 'string' },
    'no-liars': { type: 'boolean', default: false },
    'no-shrink': { type: 'boolean', default: false },
    verbose: { type: 'boolean', default: false },
    'keep-going': { type: 'boolean', default: false },
  },
})

const say = (text: string) => process.stdout.write(`${text}\n`)
const kinds = values.faults === undefined ? ALL_FAULTS : (values.faults.split(',').filter(Boolean) as FaultKind[])
const wish = {
  faults: kinds,
  liars: !values['no-liars'],
  ...(values.terminals === undefined ? {} : { terminals: Number(values.terminals) }),
}
const identities = new Identities()
const [first, count] = [Number(values.from), Number(values.seeds)]
const totals = { faults: 0, virtualMs: 0, events: 0, failed: 0, outcomes: {} as Record<string, number> }
const startedMs = performance.now()
let ran = 0
for (let seed = first; seed < first + count; seed++) {
  const scenario = drawScenario(seed, wish)
  const result = await runScenario(scenario, { identities, ...(values.verbose ? { tell: say } : {}) })
  ran++
  totals.faults += result.faults
  totals.virtualMs += result.virtualMs
  totals.events += result.events
  for (const [outcome, times] of Object.entries(result.outcomes)) {
    totals.outcomes[outcome] = (totals.outcomes[outcome] ?? 0) + times
  }
  if (result.failure === undefined) continue
  totals.failed++
  say(`seed ${seed} failed: ${result.failure}`)
  if (!values['no-shrink']) {
    const smallest = await shrink(scenario, (smaller) => runScenario(smaller, { identities }))
    say(`  made smaller: ${smallest.failure}\n  ${JSON.stringify(smallest.scenario)}`)
  }
  if (!values['keep-going']) break
}
const seconds = (performance.now() - startedMs) / 1000
say(
  `${ran} seeds from ${first}, ${totals.failed} failed · ${(ran / seconds).toFixed(1)} seeds/s · ` +
    `${(totals.faults / ran).toFixed(1)} faults and ${Math.round(totals.events / ran)} frames a run · ` +
    `${(totals.virtualMs / 3_600_000).toFixed(2)} simulated hours in ${seconds.toFixed(1)} s, ` +
    `${Math.round(totals.virtualMs / 1000 / seconds)} times as fast as real time`,
)
for (const [outcome, times] of Object.entries(totals.outcomes).sort()) say(`  ${outcome}: ${times}`)
process.exitCode = totals.failed === 0 ? 0 : 1
