/** One incompressible file to all terminals over shaped links: how close the push comes to the time the first link alone would take. */

import { join } from 'node:path'
import { makeFile } from '../support/test-content.ts'
import { startBenchNetwork } from './bench-network.ts'
import { inEveryRun } from './checks.ts'
import { checkDealtTree } from './dealt-tree.ts'
import type { Bench, Check, Findings, Skipped } from './scenario.ts'
import { timedPush, transferStatus, verifyCopies } from './timed-push.ts'
import { makeWorkFolder } from './work-folder.ts'

const FILE_NAME = 'file.bin'

export interface ShapedPush {
  readonly terminals: number
  readonly megabitsPerSecond: number
  readonly fileBytes: number
}

export async function measureShapedPush(bench: Bench, shape: ShapedPush): Promise<Findings | Skipped> {
  const { terminals, megabitsPerSecond, fileBytes } = shape
  if (!bench.lab.available) return { skipped: bench.lab.why }
  // A copy each, one being replaced, the file, and the library's of every run.
  const folder = makeWorkFolder(fileBytes * (2 * terminals + 1 + bench.runs), bench.endWith)
  const network = await startBenchNetwork(bench, {
    terminals,
    rate: `${megabitsPerSecond}mbit`,
    folder: folder.path,
  })
  const path = join(folder.path, FILE_NAME)
  const seconds: number[] = []
  const checks: Check[] = []
  for (let run = 1; run <= bench.runs; run++) {
    const digest = await makeFile(path, fileBytes, { seed: run })
    const push = await timedPush(network, { path })
    bench.say(`run ${run} of ${bench.runs}: ${push.seconds.toFixed(2)} s`)
    seconds.push(push.seconds)
    checks.push(await verifyCopies(network, FILE_NAME, digest))
    checks.push(checkDealtTree(await transferStatus(network, push.transfer)))
  }
  const linkSeconds = (fileBytes * 8) / (megabitsPerSecond * 1e6)
  return {
    measures: [{ name: 'push', unit: 's', values: seconds, references: [{ name: 'F/B', value: linkSeconds }] }],
    checks: inEveryRun(checks),
    notes: [network.note, folder.note],
  }
}
