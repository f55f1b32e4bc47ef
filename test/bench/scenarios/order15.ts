/**
 * What ranking is worth: the same file down the same kind of tree over hosts of three rates, with the ranked terminals above, with some
 * drawn by lot, and with the slowest. The rank is measured by probes; a pin puts a terminal above the others.
 */

import { seededRandom } from '../../../src/system/random.ts'
import { makeFile } from '../../support/test-content.ts'
import { runTreecast } from '../../support/treecast-process.ts'
import type { BenchNetwork } from '../bench-network.ts'
import { inEveryRun } from '../checks.ts'
import { startWithFile } from '../pushed-file.ts'
import { type Check, type Measure, type Scenario, TREES } from '../scenario.ts'
import { timedPush, verifyCopies } from '../timed-push.ts'

/** As many hosts of each, in turns. */
const RATES_MBIT = [40, 20, 8] as const
const TERMINALS = 15
const FAN_OUT = 2
const FILE_BYTES = 16 * 1024 * 1024
const FILE_NAME = 'file.bin'

export const order15: Scenario = {
  name: 'order15',
  summary: '16 MiB to 15 terminals, a third each at 40, 20 and 8 Mbit/s: ranked, by lot, and the slowest above',
  defaultRuns: 2,
  async run(bench) {
    if (!bench.lab.available) return { skipped: bench.lab.why }
    const { network, path, notes } = await startWithFile(bench, {
      ...{ terminals: TERMINALS, rate: `${RATES_MBIT[0]}mbit`, fileName: FILE_NAME },
      roomBytes: FILE_BYTES * (TERMINALS + 1) * (3 * TREES.length * bench.runs + 1),
    })
    for (const host of network.terminals.keys()) await network.lab?.setRate(host + 1, `${rateOf(host)}mbit`)
    await steer(network, ['all', '--probe'])
    const slowest = RATES_MBIT[RATES_MBIT.length - 1] as number
    const references = [{ name: "the slowest's F/B", value: (FILE_BYTES * 8) / (slowest * 1e6) }]
    const checks: Check[] = []
    const measures: Measure[] = []
    for (const tree of TREES) {
      for (const [name, above] of orders(network)) {
        await steer(network, ['all', '--unpin'])
        if (above.length > 0) await steer(network, [above.join(','), '--pin'])
        const values: number[] = []
        for (let run = 1; run <= bench.runs; run++) {
          const digest = await makeFile(path, FILE_BYTES, { seed: measures.length * bench.runs + run })
          // Of its own, so that nothing of it is there already.
          const copy = `${measures.length}-${run}.bin`
          const args = ['--tree', tree, '--fanout', String(FAN_OUT), '--dest', copy]
          const push = await timedPush(network, { path, args })
          bench.say(`${tree}, ${name}: ${push.seconds.toFixed(2)} s`)
          values.push(push.seconds)
          checks.push(await verifyCopies(network, copy, digest))
        }
        measures.push({ name: `${tree}, ${name}`, unit: 's', values, references })
      }
    }
    const rates = `${network.terminals.length / RATES_MBIT.length} terminals each at ${RATES_MBIT.join(', ')} Mbit/s`
    return { measures, checks: inEveryRun(checks), notes: [...notes, rates] }
  },
}

function rateOf(host: number): number {
  return RATES_MBIT[host % RATES_MBIT.length] as number
}

/** Which terminals are pinned above the others: as many in either case as there are of the slowest. */
function orders({ terminals }: BenchNetwork): [string, string[]][] {
  const names = terminals.map(({ name }) => name)
  const slowest = names.filter((_, host) => rateOf(host) === RATES_MBIT[RATES_MBIT.length - 1])
  const random = seededRandom(15)
  const drawn = names
    .map((name) => ({ name, lot: random.fraction() }))
    .toSorted((a, b) => a.lot - b.lot)
    .slice(0, slowest.length)
  return [
    ['ranked', []],
    ['by lot', drawn.map(({ name }) => name)],
    ['the slowest above', slowest],
  ]
}

async function steer(network: BenchNetwork, args: readonly string[]): Promise<void> {
  const rank = await runTreecast(network.operator(['rank', ...args]))
  if (rank.code !== 0) throw new Error(`rank ended with exit code ${rank.code}: ${rank.stderr}`)
}
