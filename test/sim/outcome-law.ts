/**
 * How a run must end: every delivery settled, with a reason where it failed; whoever can have the newest content of a destination has it,
 * whole, where it belongs; and nothing is left over on any disk or line.
 */

import type { Delivery } from '../../src/registry/deliveries.ts'
import type { TransferFacts } from '../../src/registry/transfers.ts'
import { exportedPath } from './pusher.ts'
import { INBOX, listFolder, readState, STAGING } from './read-disk.ts'
import type { PushPlan } from './scenario.ts'
import type { SimulatedTerminal, World } from './world.ts'

export interface RecordedTransfer {
  readonly facts: TransferFacts
  readonly deliveries: readonly (Delivery & { readonly terminal: SimulatedTerminal })[]
}

/** Our own codes, and what a broken or full disk says. */
const CODES = /^(E_|EIO$|ENOSPC$)/
const MOST_TRANSFERS = 1_000
const ENDED: readonly string[] = ['complete', 'partial', 'failed', 'cancelled']
const SETTLED: readonly string[] = ['active', 'withdrawn', 'failed', 'pending', 'cancelled']

/** What the network database says, newest transfer first. */
export async function readRecords(world: World): Promise<RecordedTransfer[]> {
  const database = await world.database()
  // By node: one that was cut off has no name there any more.
  const terminals = new Map([...world.terminals.values()].map((terminal) => [terminal.node, terminal]))
  const transfers = await database.transfers.latest(MOST_TRANSFERS)
  return Promise.all(
    transfers.map(async (facts) => ({
      facts,
      deliveries: (await database.deliveries.list(facts.id)).map((delivery) => ({
        ...delivery,
        terminal: terminals.get(delivery.nodeId) as SimulatedTerminal,
      })),
    })),
  )
}

/** Why the world has not come to rest yet; undefined when it has. */
export function unsettled(world: World, records: readonly RecordedTransfer[]): string | undefined {
  for (const machine of world.members) if (machine.state !== 'up') return `${machine.name} is ${machine.state}`
  for (const pusher of world.pushers.values()) {
    if (pusher.state === 'waiting' || pusher.state === 'running') return `${pusher.name} is ${pusher.state}`
  }
  for (const { facts, deliveries } of records) {
    if (!ENDED.includes(facts.state)) return `transfer ${facts.id} is ${facts.state}`
    for (const { state, terminal } of deliveries) {
      const due = isDue(state, facts, world.main.nowMs)
      const waits = state === 'received' && facts.activateAtMs !== null && !due
      // It says nothing more of what it has received.
      if (world.revoked.has(terminal.plan.name)) continue
      if ((SETTLED.includes(state) && !due) || waits || (due && terminal.plan.lie !== null)) continue
      return `transfer ${facts.id} at ${terminal.plan.name} is ${state}${due ? ', though its time has come' : ''}`
    }
  }
  return undefined
}

/** Whether anybody has the content who may provide it: the main server, unless it was told to leave it elsewhere. */
export function mayBeProvided(world: World, push: PushPlan, { facts, deliveries }: RecordedTransfer): boolean {
  const { direct, from } = push
  if (direct !== true && from === undefined) return true
  const isAway =
    direct || world.revoked.has(from ?? '') || world.lostCopies.has(from ?? '', exportedPath(push), facts.id)
  return !isAway || deliveries.some(({ state, terminal }) => state === 'active' && !hasLost(world, terminal, facts.id))
}

function hasLost({ contents, lostCopies }: World, { plan }: SimulatedTerminal, transfer: number): boolean {
  const tops = contents.find(transfer)?.tops ?? []
  return tops.some(({ destination }) => lostCopies.has(plan.name, `${INBOX}/${destination}`, transfer))
}

/** Whether it should have gone live, or away, by now. */
function isDue(state: string, { activateAtMs, deactivateAtMs }: TransferFacts, nowMs: number): boolean {
  if (state === 'received') return activateAtMs !== null && activateAtMs <= nowMs
  return state === 'active' && deactivateAtMs !== null && deactivateAtMs <= nowMs
}

/** The next moment of the main server's clock at which content of an honest terminal is to go live or away; undefined for none. */
export function nextTime(records: readonly RecordedTransfer[], nowMs: number): number | undefined {
  const times = records.flatMap(({ facts: { activateAtMs, deactivateAtMs }, deliveries }) => {
    const states = new Set(deliveries.filter(({ terminal }) => terminal.plan.lie === null).map(({ state }) => state))
    return [states.has('received') ? activateAtMs : null, states.has('active') ? deactivateAtMs : null]
  })
  const ahead = times.filter((atMs) => atMs !== null && atMs > nowMs) as number[]
  return ahead.length === 0 ? undefined : Math.min(...ahead)
}

/** Whom the push must have reached, and has not: with the reason. */
export function unreached(push: PushPlan, records: readonly RecordedTransfer[]): string | undefined {
  const record = records.find(({ facts }) => facts.name === push.name)
  if (record === undefined) return `${push.name} was never recorded`
  const lacking = record.deliveries.find(({ state, terminal }) => state !== 'active' && terminal.plan.lie === null)
  if (lacking === undefined) return undefined
  const { terminal, state, error } = lacking
  return `${push.name} is ${state} at ${terminal.plan.name}: ${error?.code} ${error?.message}`
}

/** Every failure has a reason, and every receipt stands for content that is there. @returns what is wrong */
export async function wrongRecord(world: World, records: readonly RecordedTransfer[]): Promise<string | undefined> {
  for (const { facts, deliveries } of records) {
    for (const { state, error, terminal } of deliveries) {
      const { name, lie } = terminal.plan
      if ((state === 'failed' || state === 'pending') && error === null) {
        return `transfer ${facts.id} is ${state} at ${name} without a reason`
      }
      if (error !== null && !CODES.test(error.code)) {
        return `transfer ${facts.id} is ${state} at ${name} by ${error.code}, which nobody caused: ${error.message}`
      }
      if ((state !== 'received' && state !== 'active') || lie === 'forgets') continue
      const rows = readState(terminal.state)
      const lacking = await world.referee.content.lacks(
        { terminal: name, files: terminal.machine.files, rows },
        facts.id,
      )
      if (lacking === undefined) continue
      return `transfer ${facts.id} is recorded as ${state} at ${name}, which lacks ${lacking}`
    }
  }
  return undefined
}

/** What a terminal has kept though nothing needs it any more. */
export async function leftOver(world: World): Promise<string | undefined> {
  for (const { plan, machine, state } of world.terminals.values()) {
    if (world.revoked.has(plan.name)) continue
    const rows = readState(state)
    const waiting = rows.filter((row) => row.stage === 'received' && (row.activate_at ?? 0) > world.main.nowMs)
    const kept = new Set(waiting.flatMap(({ transfer }) => [`${transfer}.part`, `${transfer}.tree`]))
    const staged = (await listFolder(machine.files, STAGING)).filter((name) => !kept.has(name))
    if (staged.length > 0) return `${plan.name} still keeps ${staged.join(', ')} in its staging folder`
    const unfinished = rows.find(
      (row) => (row.stage === 'receiving' || row.stage === 'received') && !waiting.includes(row),
    )
    if (unfinished !== undefined) return `${plan.name} still has transfer ${unfinished.transfer} as ${unfinished.stage}`
    const open = (world.links.get(plan.name) ?? []).filter((link) => link.open)
    if (open.length > 1)
      return `${plan.name} still has links to ${open.map(({ peer, dialled }) => (dialled ? peer : `${peer}, which dialled`)).join(', ')}`
  }
  return undefined
}
