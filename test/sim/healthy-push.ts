/** Pushes over a healthy network, without a fault: what measures how long they take starts from here. */

import { readRecords, unreached, unsettled } from './outcome-law.ts'
import { NO_TIMES, type PushPlan, type Scenario } from './scenario.ts'
import type { World } from './world.ts'

const LATENCY_MS = 5
/** While they enrol, all lines are as fast: what is measured is the push. */
const ENROLLING_BYTES_PER_SECOND = 125_000_000
const LONGEST_MS = 600_000
const LOOK_MS = 100

/** What the pushes of a scenario have in common. */
export type HealthyPush = Pick<PushPlan, 'name' | 'destination' | 'bytes' | 'tree' | 'fanOut' | 'packetBytes'>

/** Terminals that no fault befalls, on lines that the measurement sets once they have enrolled. */
export function healthyScenario(terminals: number, pushes: readonly HealthyPush[]): Scenario {
  const line = {
    leaf: false,
    outboundOnly: false,
    bytesPerSecond: ENROLLING_BYTES_PER_SECOND,
    latencyMs: LATENCY_MS,
    lie: null,
  }
  return {
    ...{ seed: 1, mainBytesPerSecond: ENROLLING_BYTES_PER_SECOND, stall: null, faults: [] },
    pushes: pushes.map((push) => ({
      ...{ atMs: 0, chunkBytes: 65_536, chunkPauseMs: 0, sizeKnown: true, to: 'all', compression: 'none' },
      ...{ relayAfterBytes: 0, cipher: 'aes-256-gcm' },
      ...NO_TIMES,
      ...push,
    })),
    terminals: Array.from({ length: terminals }, (_, k) => ({ name: `t${k + 1}`, ...line })),
  }
}

export interface PushTook {
  /** From the record of the transfer to the last receipt. */
  readonly tookMs: number
  readonly depth: number
  /** Real time until it was planned. */
  readonly planMs: number
}

/** Runs one push of the world's scenario to its end. @throws when a law is broken, or somebody gets nothing */
export async function runPush(world: World, push: PushPlan): Promise<PushTook> {
  const startedMs = performance.now()
  const startMs = world.clock.monotonic()
  const pusher = await world.addPusher(push)
  void pusher.run()
  await world.clock.runUntil(() => pusher.transfer !== undefined || pusher.state === 'over', LONGEST_MS)
  const planMs = performance.now() - startedMs
  let records = await readRecords(world)
  while (unsettled(world, records) !== undefined && world.clock.monotonic() - startMs < LONGEST_MS) {
    await world.clock.advance(LOOK_MS)
    requireLawful(world)
    records = await readRecords(world)
  }
  const wrong = unsettled(world, records) ?? unreached(push, records)
  if (wrong !== undefined) throw new Error(`${wrong} (${pusher.error ?? pusher.state})`)
  const deliveries = records[0]?.deliveries ?? []
  const createdAt = records[0]?.facts.createdAt ?? 0
  return {
    tookMs: Math.max(...deliveries.map(({ finishedAt }) => finishedAt ?? Number.NaN)) - createdAt,
    depth: Math.max(...deliveries.map((delivery) => delivery.depth ?? 0)),
    planMs,
  }
}

/** @throws when a law is broken */
export function requireLawful(world: World): void {
  if (world.referee.failure !== undefined) throw new Error(world.referee.failure)
}
