/** 39 terminals at 20 Mbit/s, and what it costs the others when a first-level relay dies, is stopped or is cut off half-way. */

import { join } from 'node:path'
import type { NetworkTerminal } from '../../support/lab-network.ts'
import { makeFile } from '../../support/test-content.ts'
import { startBenchNetwork } from '../bench-network.ts'
import { disturbedPush, untilDelivered } from '../disturbed-push.ts'
import type { Bench, Check, Findings, Measure, Scenario, Skipped } from '../scenario.ts'
import { verifyCopies } from '../timed-push.ts'
import { makeWorkFolder } from '../work-folder.ts'

const TERMINALS = 39
const MEGABITS_PER_SECOND = 20
const FILE_BYTES = 24 * 1024 * 1024
const FILE_NAME = 'file.bin'
const DEAD = 10

export const faults39: Scenario = {
  name: 'faults39',
  summary: '24 MiB to 39 terminals on links of 20 Mbit/s while a relay fails',
  defaultRuns: 1,
  run: measure,
}

async function measure(bench: Bench): Promise<Findings | Skipped> {
  const { lab: available, endWith, say } = bench
  if (!available.available) return { skipped: available.why }
  const folder = makeWorkFolder(FILE_BYTES * (2 * TERMINALS + 12), endWith)
  const network = await startBenchNetwork(bench, {
    terminals: TERMINALS,
    rate: `${MEGABITS_PER_SECOND}mbit`,
    folder: folder.path,
  })
  const { lab } = network
  if (lab === undefined) throw new Error('a lab is needed to cut a link')
  const path = join(folder.path, FILE_NAME)
  const measures: Measure[] = []
  const checks: Check[] = []
  const hostOf = (relay: NetworkTerminal) => network.terminals.findIndex(({ name }) => name === relay.name) + 1
  const link = (relay: NetworkTerminal, state: 'up' | 'down') =>
    new Promise((done) => lab.exec(hostOf(relay), ['ip', 'link', 'set', 'eth0', state]).once('close', done))

  const faults: readonly {
    name: string
    disturb?: (relay: NetworkTerminal) => void | Promise<void>
    heal?: (relay: NetworkTerminal) => unknown
  }[] = [
    { name: 'undisturbed' },
    {
      name: 'relay killed',
      disturb: (relay) => relay.process.signal('SIGKILL'),
      heal: (relay) => network.restart(relay),
    },
    {
      name: 'relay stopped',
      disturb: (relay) => relay.process.signal('SIGSTOP'),
      heal: (relay) => relay.process.signal('SIGCONT'),
    },
    {
      name: 'link cut',
      disturb: async (relay) => void (await link(relay, 'down')),
      heal: (relay) => link(relay, 'up'),
    },
  ]
  let undisturbed: number | undefined
  for (const [k, { name, disturb, heal }] of faults.entries()) {
    const digest = await makeFile(path, FILE_BYTES, { seed: k + 1 })
    const push = await disturbedPush(network, { path, without: [], ...(disturb === undefined ? {} : { disturb }) })
    say(`${name}: the others had it after ${push.othersSeconds.toFixed(2)} s`)
    if (push.relay !== undefined) await heal?.(push.relay)
    const laterSeconds = await untilDelivered(network, push.transfer)
    undisturbed ??= push.othersSeconds
    const references = [{ name: 'undisturbed', value: undisturbed }]
    measures.push({ name: `${name}, the others`, unit: 's', values: [push.othersSeconds], references })
    if (push.relay !== undefined)
      measures.push({ name: `${name}, itself once back`, unit: 's', values: [laterSeconds] })
    checks.push({ ...(await verifyCopies(network, FILE_NAME, digest)), name: `${name}: every copy is right` })
  }
  const dead = network.terminals.slice(0, DEAD)
  for (const { process } of dead) await process.stop()
  const digest = await makeFile(path, FILE_BYTES, { seed: 99 })
  const push = await disturbedPush(network, { path, without: dead.map(({ name }) => name) })
  say(`${DEAD} dead from the start: the others had it after ${push.othersSeconds.toFixed(2)} s`)
  const references = undisturbed === undefined ? [] : [{ name: 'undisturbed', value: undisturbed }]
  measures.push({ name: `${DEAD} dead, the others`, unit: 's', values: [push.othersSeconds], references })
  await Promise.all(dead.map((terminal) => network.restart(terminal)))
  const laterSeconds = await untilDelivered(network, push.transfer)
  measures.push({ name: `${DEAD} dead, once they are up`, unit: 's', values: [laterSeconds] })
  checks.push({ ...(await verifyCopies(network, FILE_NAME, digest)), name: `${DEAD} dead: every copy is right` })
  return { measures, checks, notes: [network.note, folder.note] }
}
