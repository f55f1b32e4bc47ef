/**
 * How much moves when nearly the same content is pushed again: bytes over the link between main server and terminal, both ways, with all
 * headers, beside rsync, which makes the same copy of the same folder like it.
 */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../../lab/lab.ts'
import { startBenchNetwork } from '../bench-network.ts'
import { inEveryRun } from '../checks.ts'
import { Endings } from '../endings.ts'
import { FILE_BYTES, STORIES, type Story } from '../nearly-the-same.ts'
import { startRsyncMirror } from '../peers/rsync-peer.ts'
import { sameTrees } from '../same-trees.ts'
import type { Bench, Check, Measure, Scenario } from '../scenario.ts'
import { timedPush } from '../timed-push.ts'
import { makeWorkFolder } from '../work-folder.ts'

const MIB = 1024 * 1024

export const delta: Scenario = {
  name: 'delta',
  summary: 'bytes moved when nearly the same content is pushed again, to one terminal',
  defaultRuns: 1,
  async run(bench) {
    if (!bench.lab.available) return { skipped: bench.lab.why }
    const measures: Measure[] = []
    const checks: Check[] = []
    const notes = ['both ways over the link of the main server and the terminal; the pusher is beside the main server']
    for (const story of STORIES) {
      const endings = new Endings()
      bench.endWith(() => endings.endAll())
      const told = await tell({ ...bench, endWith: endings.endWith }, story)
      await endings.endAll()
      if (typeof told === 'string') notes.push(`${story.name} skipped: ${told}`)
      else {
        measures.push(...told.measures)
        checks.push(...told.checks)
      }
    }
    return { measures, checks: inEveryRun(checks), notes }
  },
}

/** Pushes a story's folder as it begins, then each of its turns. @returns what moved in each turn, or why it cannot be told */
async function tell(bench: Bench, story: Story): Promise<{ measures: Measure[]; checks: Check[] } | string> {
  const work = makeWorkFolder(8 * FILE_BYTES, bench.endWith)
  const folder = join(work.path, 'content')
  mkdirSync(folder)
  const missing = await story.begin(folder)
  if (missing !== undefined) return missing
  const network = await startBenchNetwork(bench, { terminals: 1, rate: 'none', folder: work.path })
  const lab = network.lab as Lab
  const mirror = await startRsyncMirror(lab, work.path)
  const push = () => timedPush(network, { path: folder })
  await push()
  await mirror?.(folder)
  const measures: Measure[] = []
  const checks: Check[] = []
  for (const [name, change] of Object.entries(story.turns)) {
    await change(folder)
    const bytes = await moved(lab, push)
    const rsyncBytes = mirror && (await moved(lab, () => mirror(folder)))
    bench.say(`${name}: ${(bytes / MIB).toFixed(3)} MiB`)
    const references = rsyncBytes === undefined ? [] : [{ name: 'rsync', value: rsyncBytes / MIB }]
    measures.push({ name, unit: 'MiB', values: [bytes / MIB], references })
    const inbox = network.terminals[0]?.inbox ?? ''
    const differs = sameTrees(folder, join(inbox, 'content'))
    checks.push({ name: 'every copy is what was pushed', holds: differs === undefined, detail: differs ?? name })
  }
  return { measures, checks }
}

async function moved(lab: Lab, work: () => Promise<unknown>): Promise<number> {
  const received = async () => (await lab.receivedBytes(0)) + (await lab.receivedBytes(1))
  const before = await received()
  await work()
  return (await received()) - before
}
