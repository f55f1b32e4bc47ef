/** 39 terminals at 20 Mbit/s, and what it costs the others when a first-level relay dies, is stopped or is cut off half-way. */

import type { NetworkTerminal } from '../../support/lab-network.ts'
import { makeFile } from '../../support/test-content.ts'
import { disturbedPush, untilDelivered } from '../disturbed-push.ts'
import { startWithFile } from '../pushed-file.ts'
import { type Bench, type Check, type Findings, type Measure, type Scenario, type Skipped, TREES } from '../scenario.ts'
import { servedBy } from '../served-by.ts'
import { transferStatus, verifyCopies } from '../timed-push.ts'

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
  const { lab: available, say } = bench
  if (!available.available) return { skipped: available.why }
  const { network, path, notes } = await startWithFile(bench, {
    ...{ terminals: TERMINALS, rate: `${MEGABITS_PER_SECOND}mbit`, fileName: FILE_NAME },
    roomBytes: FILE_BYTES * (2 * TERMINALS + 12),
  })
  const { lab } = network
  if (lab === undefined) throw new Error('a lab is needed to cut a link')
  const measures: Measure[] = []
  const checks: Check[] = []
  const served: string[] = []
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
  const received = async () => {
    const hosts = network.terminals.map(hostOf)
    const each = await Promise.all(hosts.map((host) => lab.receivedBytes(host)))
    return each.reduce((sum, bytes) => sum + bytes, 0)
  }
  let seed = 0
  for (const tree of TREES) {
    let undisturbed: number | undefined
    for (const { name: fault, disturb, heal } of faults) {
      const name = `${tree}, ${fault}`
      const digest = await makeFile(path, FILE_BYTES, { seed: ++seed })
      const receivedBefore = await received()
      const push = await disturbedPush(network, {
        ...{ path, args: ['--tree', tree], without: [] },
        ...(disturb === undefined ? {} : { disturb }),
      })
      say(`${name}: the others had it after ${push.othersSeconds.toFixed(2)} s`)
      if (push.relay !== undefined) {
        served.push(
          `${name} (${push.relay.name}): ${servedBy(push.before, await transferStatus(network, push.transfer))}`,
        )
        await heal?.(push.relay)
      }
      const laterSeconds = await untilDelivered(network, push.transfer)
      undisturbed ??= push.othersSeconds
      const references = [{ name: 'undisturbed', value: undisturbed }]
      measures.push({ name: `${name}, the others`, unit: 's', values: [push.othersSeconds], references })
      if (push.relay !== undefined)
        measures.push({ name: `${name}, itself once back`, unit: 's', values: [laterSeconds] })
      // Headers of TCP, TLS and acks are in it in every case; what is above the undisturbed case was fetched twice.
      const receivedCopies = ((await received()) - receivedBefore) / FILE_BYTES
      measures.push({ name: `${name}, received by all`, unit: 'files', values: [receivedCopies] })
      checks.push({ ...(await verifyCopies(network, FILE_NAME, digest)), name: `${name}: every copy is right` })
    }
  }
  const dead = network.terminals.slice(0, DEAD)
  for (const { process } of dead) await process.stop()
  const digest = await makeFile(path, FILE_BYTES, { seed: 99 })
  const push = await disturbedPush(network, { path, without: dead.map(({ name }) => name) })
  say(`${DEAD} dead from the start: the others had it after ${push.othersSeconds.toFixed(2)} s`)
  measures.push({ name: `${DEAD} dead, the others`, unit: 's', values: [push.othersSeconds] })
  await Promise.all(dead.map((terminal) => network.restart(terminal)))
  const laterSeconds = await untilDelivered(network, push.transfer)
  measures.push({ name: `${DEAD} dead, once they are up`, unit: 's', values: [laterSeconds] })
  checks.push({ ...(await verifyCopies(network, FILE_NAME, digest)), name: `${DEAD} dead: every copy is right` })
  return { measures, checks, notes: [...notes, ...served] }
}
