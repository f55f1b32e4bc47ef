/** How far apart terminals show content that is to go live everywhere at one moment. */

import { statSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from '../../support/test-content.ts'
import { inEveryRun } from '../checks.ts'
import { startWithFile } from '../pushed-file.ts'
import type { Check, Scenario } from '../scenario.ts'
import { timedPush, verifyCopies } from '../timed-push.ts'

const TERMINALS = 39
const FILE_BYTES = 1024 * 1024
const FILE_NAME = 'release.bin'
const ROOM_BYTES = 256 * 1024 * 1024
/** From the start of the push to the activation time, and from there until everybody must have acted. */
const LEAD_MS = 10_000
const PATIENCE_MS = 3_000
/** What a terminal may be early by: the grain of the file system's times. */
const EARLY_MS = 10

export const activation39: Scenario = {
  name: 'activation39',
  summary: '1 MiB to 39 terminals with --activate: how far apart they show it, and how long after its time',
  defaultRuns: 5,
  async run(bench) {
    const { network, path, notes } = await startWithFile(bench, {
      ...{ terminals: TERMINALS, rate: 'none', fileName: FILE_NAME, roomBytes: ROOM_BYTES },
    })
    const spreads: number[] = []
    const delays: number[] = []
    const checks: Check[] = []
    for (let run = 0; run < bench.runs; run++) {
      const digest = await makeFile(path, FILE_BYTES, { seed: run })
      const dueMs = Math.ceil((Date.now() + LEAD_MS) / 1000) * 1000
      await timedPush(network, { path, args: ['--activate', new Date(dueMs).toISOString()] })
      await new Promise((resolve) => setTimeout(resolve, dueMs - Date.now() + PATIENCE_MS))
      checks.push(await verifyCopies(network, FILE_NAME, digest))
      // The rename into the inbox is the last that changes the file.
      const shownMs = network.terminals.map(({ inbox }) => statSync(join(inbox, FILE_NAME)).ctimeMs - dueMs)
      const [first, last] = [Math.min(...shownMs), Math.max(...shownMs)]
      checks.push({
        name: 'nobody shows it early',
        holds: first >= -EARLY_MS,
        detail: `first at ${first.toFixed(1)} ms`,
      })
      spreads.push(last - first)
      delays.push(last)
    }
    return {
      measures: [
        { name: 'spread', unit: 'ms', values: spreads },
        { name: 'last after the time', unit: 'ms', values: delays },
      ],
      checks: inEveryRun(checks),
      notes,
    }
  },
}
