/** A process that runs its share of seeds: see seed-workers.ts. */

import { Identities } from './identities.ts'
import { runScenario } from './run.ts'
import { drawScenario } from './scenario.ts'
import type { SeedWork } from './seed-workers.ts'

// Whoever wanted the results is gone.
process.stdout.on('error', () => process.exit(1))

const { range, wish } = JSON.parse(process.argv[2] as string) as SeedWork
const identities = new Identities()
for (let k = 0; k < range.count; k++) {
  const result = await runScenario(drawScenario(range.first + k * range.step, wish), { identities })
  process.stdout.write(`${JSON.stringify(result)}\n`)
}
