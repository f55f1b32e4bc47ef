/** From two hosts to a hundred, from 10 KiB to 256 MiB: the default tree, whatever it chooses. */

import { join } from 'node:path'
import { makeFile } from '../../support/test-content.ts'
import { startBenchNetwork } from '../bench-network.ts'
import { inEveryRun } from '../checks.ts'
import { Endings } from '../endings.ts'
import type { Check, Measure, Scenario } from '../scenario.ts'
import { timedPush, transferStatus, verifyCopies } from '../timed-push.ts'
import { makeWorkFolder } from '../work-folder.ts'

/** The more hosts, the slower their links: one machine has to carry all of them together. */
const NETWORKS = [
  { terminals: 2, megabitsPerSecond: 100 },
  { terminals: 8, megabitsPerSecond: 50 },
  { terminals: 39, megabitsPerSecond: 20 },
  { terminals: 100, megabitsPerSecond: 5 },
] as const
const SIZES = [
  { name: '10 KiB', bytes: 10 * 1024 },
  { name: '1 MiB', bytes: 1024 ** 2 },
  { name: '24 MiB', bytes: 24 * 1024 ** 2 },
  { name: '256 MiB', bytes: 256 * 1024 ** 2 },
] as const
/** At a hundred slow links the largest would take seven minutes. */
const MAX_SECONDS = 150
const FILE_NAME = 'file.bin'

export const sizes: Scenario = {
  name: 'sizes',
  summary: '10 KiB to 256 MiB to 2, 8, 39 and 100 terminals',
  defaultRuns: 1,
  async run(bench) {
    if (!bench.lab.available) return { skipped: bench.lab.why }
    const measures: Measure[] = []
    const checks: Check[] = []
    const notes: string[] = []
    for (const { terminals, megabitsPerSecond } of NETWORKS) {
      const linkSeconds = (bytes: number) => (bytes * 8) / (megabitsPerSecond * 1e6)
      const within = SIZES.filter(({ bytes }) => linkSeconds(bytes) <= MAX_SECONDS)
      const endings = new Endings()
      bench.endWith(() => endings.endAll())
      const largest = Math.max(...within.map(({ bytes }) => bytes))
      const folder = makeWorkFolder(largest * (2 * terminals + 2 + 2 * bench.runs), endings.endWith)
      const network = await startBenchNetwork(
        { ...bench, endWith: endings.endWith },
        { terminals, rate: `${megabitsPerSecond}mbit`, folder: folder.path },
      )
      const path = join(folder.path, FILE_NAME)
      for (const { name, bytes } of within) {
        const seconds: number[] = []
        for (let run = 1; run <= bench.runs; run++) {
          const digest = await makeFile(path, bytes, { seed: run })
          const push = await timedPush(network, { path })
          seconds.push(push.seconds)
          const { tree, fanOut } = await transferStatus(network, push.transfer)
          bench.say(`${name} to ${terminals}: ${push.seconds.toFixed(2)} s, ${tree}, N = ${fanOut}`)
          checks.push(await verifyCopies(network, FILE_NAME, digest))
        }
        const references = [{ name: 'F/B', value: linkSeconds(bytes) }]
        measures.push({ name: `${name} to ${terminals}`, unit: 's', values: seconds, references })
      }
      notes.push(network.note)
      await endings.endAll()
    }
    return { measures, checks: inEveryRun(checks), notes }
  },
}
