/** One incompressible file to all terminals over shaped links: how close each way comes to the time the first link alone would take. */

import { renameSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from '../support/test-content.ts'
import { startBenchNetwork } from './bench-network.ts'
import { BesidePeers } from './beside-peers.ts'
import { inEveryRun } from './checks.ts'
import { checkDealtTree } from './dealt-tree.ts'
import type { PeerName } from './peers/start-peers.ts'
import { type Bench, type Check, type Findings, type Skipped, TREES } from './scenario.ts'
import { removeCopies, type TimedPush, timedPush, transferStatus, verifyCopies } from './timed-push.ts'
import { makeWorkFolder } from './work-folder.ts'

/** Peers write over what they brought before: there is no room for a copy of every run. */
const PEERS_FILE_NAME = 'file.bin'

export interface ShapedPush {
  readonly terminals: number
  readonly megabitsPerSecond: number
  readonly fileBytes: number
  /** Other programs that copy the same file over the same links. */
  readonly peers: readonly PeerName[]
}

export async function measureShapedPush(bench: Bench, shape: ShapedPush): Promise<Findings | Skipped> {
  const { terminals, megabitsPerSecond, fileBytes } = shape
  if (!bench.lab.available) return { skipped: bench.lab.why }
  // A copy each, one being replaced, a peer's, the file, and the library's of every run.
  const folder = makeWorkFolder(fileBytes * (3 * terminals + 2 + TREES.length * bench.runs), bench.endWith)
  const network = await startBenchNetwork(bench, {
    terminals,
    rate: `${megabitsPerSecond}mbit`,
    folder: folder.path,
  })
  const { lab } = network
  const peers = await BesidePeers.start(bench, {
    ...{ names: shape.peers, lab, hosts: terminals },
    ...{ folder: folder.path, megabitsPerSecond },
  })
  const peersPath = join(folder.path, PEERS_FILE_NAME)
  const pushes = new Map<string, TimedPush[]>(TREES.map((tree) => [tree, []]))
  const checks: Check[] = []
  for (let run = 1; run <= bench.runs; run++) {
    for (const [k, tree] of TREES.entries()) {
      // A name that nobody has: what replaces another content is cut and compared with it, and its packets are others.
      const fileName = `${tree}-${run}.bin`
      const path = join(folder.path, fileName)
      const digest = await makeFile(path, fileBytes, { seed: run * TREES.length + k })
      const push = await timedPush(network, { path, args: ['--tree', tree] })
      bench.say(`run ${run} of ${bench.runs}: ${tree} ${push.seconds.toFixed(2)} s`)
      pushes.get(tree)?.push(push)
      checks.push(await verifyCopies(network, fileName, digest))
      if (tree === 'classic') checks.push(checkDealtTree(await transferStatus(network, push.transfer)))
      removeCopies(network, fileName)
      renameSync(path, peersPath)
      if (k === TREES.length - 1) await peers.measure({ path: peersPath, fileName: PEERS_FILE_NAME, digest })
    }
  }
  const references = [{ name: 'F/B', value: (fileBytes * 8) / (megabitsPerSecond * 1e6) }]
  const own = [...pushes].map(([tree, each]) => ({ name: `treecast, ${tree}`, each }))
  return {
    measures: [
      ...own.map(({ name, each }) => ({ name, unit: 's', values: each.map(({ seconds }) => seconds), references })),
      ...peers.measures(references),
    ],
    completions: [
      ...own.map(({ name, each }) => ({ name, seconds: [...(each[0]?.targetSeconds.values() ?? [])] })),
      ...peers.completions(),
    ],
    checks: inEveryRun([...checks, ...peers.checks()]),
    notes: [network.note, folder.note, ...peers.notes],
  }
}
