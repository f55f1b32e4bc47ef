/** A large file to 8 terminals whose links are as fast as the machine: what the processor and the memory pay for a delivery. */

import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from '../../support/test-content.ts'
import { startBenchNetwork } from '../bench-network.ts'
import { BesidePeers } from '../beside-peers.ts'
import { inEveryRun } from '../checks.ts'
import { processFiguresAvailable } from '../process-figures.ts'
import { type PushUsage, pushWithUsage } from '../push-usage.ts'
import type { Check, Measure, Scenario } from '../scenario.ts'
import { removeCopies, verifyCopies } from '../timed-push.ts'
import { makeWorkFolder } from '../work-folder.ts'

const TERMINALS = 8
const FILE_BYTES = 512 * 1024 * 1024
/** Peers write over what they brought before: there is no room for a copy of every run. */
const PEERS_FILE_NAME = 'large.bin'

export const unshaped8: Scenario = {
  name: 'unshaped8',
  summary: '512 MiB to 8 terminals on unshaped links, beside scp, rsync, udpcast and libtorrent',
  defaultRuns: 3,
  async run(bench) {
    if (!processFiguresAvailable()) return { skipped: 'processor time and memory are read from /proc' }
    // A copy each, of one program at a time; the file, and the library's of every run.
    const folder = makeWorkFolder(FILE_BYTES * (TERMINALS + 1 + bench.runs), bench.endWith)
    const network = await startBenchNetwork(bench, { terminals: TERMINALS, rate: 'none', folder: folder.path })
    const peers = await BesidePeers.start(bench, {
      ...{ names: ['scp', 'rsync', 'udpcast', 'libtorrent'], lab: network.lab, hosts: TERMINALS, folder: folder.path },
    })

    const peersPath = join(folder.path, PEERS_FILE_NAME)
    const pushes: PushUsage[] = []
    const checks: Check[] = []
    for (let run = 1; run <= bench.runs; run++) {
      // A name that nobody has: what replaces another content is cut by what it says, and its packets are others.
      const fileName = `large-${run}.bin`
      const path = join(folder.path, fileName)
      const digest = await makeFile(path, FILE_BYTES, { seed: run })
      const push = await pushWithUsage(network, path)
      pushes.push(push)
      checks.push(await verifyCopies(network, fileName, digest))
      removeCopies(network, fileName)
      bench.say(`run ${run} of ${bench.runs}: treecast ${push.seconds.toFixed(2)} s`)
      renameSync(path, peersPath)
      await peers.measure({ path: peersPath, fileName: PEERS_FILE_NAME, digest })
    }
    return {
      measures: measures(pushes, peers),
      completions: peers.completions(),
      checks: inEveryRun([...checks, ...peers.checks()]),
      notes: [network.note, folder.note, ...peers.notes],
    }
  },
}

function measures(pushes: readonly PushUsage[], peers: BesidePeers): Measure[] {
  const deliveredGigabytes = (FILE_BYTES * TERMINALS) / 1e9
  const mebibytes = (bytes: (push: PushUsage) => number) => pushes.map((push) => bytes(push) / 1024 / 1024)
  return [
    { name: 'push', unit: 's', values: pushes.map(({ seconds }) => seconds), references: peers.references() },
    ...peers.measures(),
    {
      name: 'processor time per delivered GB',
      unit: 's',
      values: pushes.map(({ cpuSeconds }) => cpuSeconds / deliveredGigabytes),
    },
    { name: 'peak memory, push', unit: 'MiB', values: mebibytes(({ pushPeakBytes }) => pushPeakBytes) },
    { name: 'peak memory, main server', unit: 'MiB', values: mebibytes(({ mainPeakBytes }) => mainPeakBytes) },
    {
      name: 'peak memory, largest terminal',
      unit: 'MiB',
      values: mebibytes(({ terminalPeakBytes }) => terminalPeakBytes),
    },
  ]
}
