/** Makes a failing scenario smaller while it still fails: fewer faults, fewer pushes, fewer terminals, less content. */

import type { RunResult } from './run.ts'
import type { Scenario } from './scenario.ts'

export interface Shrunk {
  readonly scenario: Scenario
  readonly failure: string
}

const MOST_TRIES = 200

/**
 * @param scenario one that fails
 * @param run must be repeatable; called for `tries` smaller scenarios at most
 */
export async function shrink(
  scenario: Scenario,
  run: (scenario: Scenario) => Promise<RunResult>,
  { tries: mostTries }: { readonly tries: number } = { tries: MOST_TRIES },
): Promise<Shrunk> {
  let failure = (await run(scenario)).failure ?? 'it does not fail when it is run again'
  let smallest = scenario
  let tries = 0
  for (let again = true; again && tries < mostTries; ) {
    again = false
    for (const smaller of smallerThan(smallest)) {
      if (tries++ >= mostTries) break
      const result = await run(smaller)
      if (result.failure === undefined) continue
      smallest = smaller
      failure = result.failure
      again = true
      break
    }
  }
  return { scenario: smallest, failure }
}

/** One step smaller, the largest steps first. */
function* smallerThan(scenario: Scenario): Generator<Scenario> {
  const { faults, pushes, terminals } = scenario
  for (const fewer of shorterLists(faults)) yield { ...scenario, faults: fewer }
  if (pushes.length > 1) {
    for (const push of pushes) yield withoutPush(scenario, push.name)
  }
  for (const fewer of shorterLists(terminals)) if (fewer.length > 0) yield withTerminals(scenario, fewer)
  for (const push of pushes.filter(({ bytes }) => bytes > 4096)) {
    const smaller = pushes.map((other) => (other === push ? { ...push, bytes: Math.floor(push.bytes / 2) } : other))
    yield { ...scenario, pushes: smaller }
  }
  for (const push of pushes) {
    if (push.folder === undefined || push.folder.entries === push.folder.tops) continue
    const { tops, entries } = push.folder
    const folder = { tops, entries: Math.max(tops, Math.floor(entries / 2)) }
    yield { ...scenario, pushes: pushes.map((other) => (other === push ? { ...push, folder } : other)) }
  }
  if (scenario.stall !== null) yield { ...scenario, stall: null }
}

/** Without a half of it, without a quarter of it …, without one. */
function* shorterLists<T>(list: readonly T[]): Generator<readonly T[]> {
  for (let size = Math.ceil(list.length / 2); size >= 1; size = size === 1 ? 0 : Math.ceil(size / 2)) {
    for (let at = 0; at < list.length; at += size) yield [...list.slice(0, at), ...list.slice(at + size)]
  }
}

function withoutPush(scenario: Scenario, name: string): Scenario {
  return {
    ...scenario,
    pushes: scenario.pushes.filter((push) => push.name !== name),
    faults: scenario.faults.filter(({ at }) => at !== name),
  }
}

function withTerminals(scenario: Scenario, terminals: Scenario['terminals']): Scenario {
  const names = new Set(terminals.map(({ name }) => name))
  const isThere = (name: string) => !/^t\d+$/.test(name) || names.has(name)
  return {
    ...scenario,
    terminals,
    pushes: scenario.pushes.map(({ from, ...push }) => ({
      ...push,
      ...(from !== undefined && isThere(from) && { from }),
      ...(!isThere(push.to.slice(1)) && { to: 'all' }),
    })),
    faults: scenario.faults.filter((fault) => isThere(fault.at) && (fault.kind !== 'partition' || isThere(fault.peer))),
  }
}
