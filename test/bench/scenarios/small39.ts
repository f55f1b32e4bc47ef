/** A small file to many: what a push costs when there is next to nothing to send. */

import { makeFile } from '../../support/test-content.ts'
import { BesidePeers } from '../beside-peers.ts'
import { inEveryRun } from '../checks.ts'
import { startWithFile } from '../pushed-file.ts'
import type { Check, Scenario } from '../scenario.ts'
import { timedPush, verifyCopies } from '../timed-push.ts'

const TERMINALS = 39
const FILE_BYTES = 10 * 1024
const FILE_NAME = 'small.bin'
const ROOM_BYTES = 256 * 1024 * 1024

export const small39: Scenario = {
  name: 'small39',
  summary: '10 KiB to 39 terminals, the whole command, after a first push',
  defaultRuns: 10,
  async run(bench) {
    const { network, folder, path, notes } = await startWithFile(bench, {
      ...{ terminals: TERMINALS, rate: 'none', fileName: FILE_NAME, roomBytes: ROOM_BYTES },
    })
    const peers = await BesidePeers.start(bench, {
      ...{ names: ['scp', 'rsync', 'udpcast'], lab: network.lab, hosts: TERMINALS, folder },
    })
    const seconds: number[] = []
    const checks: Check[] = []
    for (let run = 0; run <= bench.runs; run++) {
      const digest = await makeFile(path, FILE_BYTES, { seed: run })
      const push = await timedPush(network, { path })
      checks.push(await verifyCopies(network, FILE_NAME, digest))
      seconds.push(push.seconds)
      if (run > 0) await peers.measure({ path, fileName: FILE_NAME, digest })
    }
    bench.say(`first push: ${seconds[0]?.toFixed(3)} s`)
    return {
      measures: [
        { name: 'push', unit: 's', values: seconds.slice(1), references: peers.references() },
        ...peers.measures(),
      ],
      checks: inEveryRun([...checks, ...peers.checks()]),
      notes: [...notes, ...peers.notes, `the first push, not counted, took ${seconds[0]?.toFixed(3)} s`],
    }
  },
}
