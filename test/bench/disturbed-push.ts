/** A push during which something happens to one terminal, and when every other one had the content. */

import { setTimeout as sleep } from 'node:timers/promises'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import type { NetworkTerminal, TreecastNetwork } from '../support/lab-network.ts'
import { startTreecast } from '../support/treecast-process.ts'
import { transferStatus } from './timed-push.ts'

const PUSH_DEADLINE_MS = 10 * 60_000
const LOOK_MS = 100

export interface Disturbance {
  readonly path: string
  readonly args?: readonly string[]
  /** Terminals whose copies are not waited for. */
  readonly without: readonly string[]
  /** Done once `halfWay` of some relay directly below the main server. */
  readonly disturb?: (relay: NetworkTerminal) => Promise<void> | void
}

export interface DisturbedPush {
  readonly transfer: number
  /** From the start of the command to the receipt of the last terminal that was not disturbed. */
  readonly othersSeconds: number
  /** The relay that was disturbed. */
  readonly relay: NetworkTerminal | undefined
  /** The transfer right before. */
  readonly before: TransferSnapshot | undefined
}

/** @throws Error when some other terminal does not get the content */
export async function disturbedPush(network: TreecastNetwork, options: Disturbance): Promise<DisturbedPush> {
  const startedAt = performance.now()
  const push = await startTreecast(network.operator(['push', options.path, '--json', ...(options.args ?? [])]))
  const planned = JSON.parse((await push.waitForLine('stdout', /^.*"type":"planned".*$/))[0])
  const transfer: number = planned.transfer
  const found = options.disturb === undefined ? undefined : await relayHalfWay(network, transfer)
  const relay = found?.relay
  if (relay !== undefined) await options.disturb?.(relay)
  const absent = new Set([...options.without, ...(relay === undefined ? [] : [relay.name])])
  const others = network.terminals.filter(({ name }) => !absent.has(name))
  let last = 0
  for (const { name } of others) {
    const line = new RegExp(`^.*"type":"target".*"name":"${name}".*$`)
    const [report] = await push.waitForLine('stdout', line, PUSH_DEADLINE_MS)
    const { state } = JSON.parse(report)
    if (state !== 'received' && state !== 'active') throw new Error(`${name} did not get it: ${report}`)
    last = Math.max(last, performance.now())
  }
  await push.waitForLine('stdout', /"type":"result"/, PUSH_DEADLINE_MS)
  await push.exit
  return { transfer, othersSeconds: (last - startedAt) / 1000, relay, before: found?.status }
}

/** Resolves once every terminal has the transfer. @returns seconds */
export async function untilDelivered(network: TreecastNetwork, transfer: number): Promise<number> {
  const startedAt = performance.now()
  for (;;) {
    const { terminals } = await transferStatus(network, transfer)
    if (terminals.every(({ state }) => state === 'active')) return (performance.now() - startedAt) / 1000
    if (performance.now() - startedAt > PUSH_DEADLINE_MS) throw new Error(`transfer ${transfer} is not delivered`)
    await sleep(LOOK_MS)
  }
}

async function relayHalfWay(
  network: TreecastNetwork,
  transfer: number,
): Promise<{ readonly relay: NetworkTerminal; readonly status: TransferSnapshot }> {
  for (;;) {
    const status: TransferSnapshot = await transferStatus(network, transfer)
    const half = status.terminals.find(
      ({ upstreams, bytes }) => upstreams.includes(0) && status.bytes !== null && bytes >= status.bytes / 2,
    )
    const relay = network.terminals.find(({ name }) => name === half?.name)
    if (relay !== undefined) return { relay, status }
    await sleep(LOOK_MS)
  }
}
