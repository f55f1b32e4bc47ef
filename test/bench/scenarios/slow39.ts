/** One host with a quarter of the others' rate: it may be late itself and must not slow the others. */

import { makeFile } from '../../support/test-content.ts'
import { inEveryRun } from '../checks.ts'
import { startWithFile } from '../pushed-file.ts'
import { type Check, type Measure, type Scenario, TREES } from '../scenario.ts'
import { timedPush, verifyCopies } from '../timed-push.ts'

const TERMINALS = 39
const MEGABITS_PER_SECOND = 20
const FILE_BYTES = 24 * 1024 * 1024
const FILE_NAME = 'file.bin'
const SLOW_HOST = 1

export const slow39: Scenario = {
  name: 'slow39',
  summary: '24 MiB to 39 terminals at 20 Mbit/s, one of them at a quarter of it; the first push does not know which',
  defaultRuns: 2,
  async run(bench) {
    if (!bench.lab.available) return { skipped: bench.lab.why }
    const { network, path, notes } = await startWithFile(bench, {
      ...{ terminals: TERMINALS, rate: `${MEGABITS_PER_SECOND}mbit`, fileName: FILE_NAME },
      roomBytes: FILE_BYTES * (2 * TERMINALS + 1 + TREES.length * bench.runs),
    })
    await network.lab?.setRate(SLOW_HOST, `${MEGABITS_PER_SECOND / 4}mbit`)
    const slowName = network.terminals[SLOW_HOST - 1]?.name
    const checks: Check[] = []
    const measures: Measure[] = []
    const references = [{ name: 'F/B', value: (FILE_BYTES * 8) / (MEGABITS_PER_SECOND * 1e6) }]
    for (const [k, tree] of TREES.entries()) {
      for (let run = 1; run <= bench.runs; run++) {
        const digest = await makeFile(path, FILE_BYTES, { seed: run * TREES.length + k })
        const push = await timedPush(network, { path, args: ['--tree', tree] })
        const others = [...push.targetSeconds].filter(([name]) => name !== slowName).map(([, seconds]) => seconds)
        const name = `${tree}, push ${run}`
        bench.say(`${name}: the others ${Math.max(...others).toFixed(2)} s, all ${push.seconds.toFixed(2)} s`)
        measures.push({ name: `${name}, the others`, unit: 's', values: [Math.max(...others)], references })
        measures.push({ name: `${name}, the slow one`, unit: 's', values: [push.seconds], references })
        checks.push(await verifyCopies(network, FILE_NAME, digest))
      }
    }
    const slow = `the link of ${slowName} has a quarter of that`
    return { measures, checks: inEveryRun(checks), notes: [...notes, slow] }
  },
}
