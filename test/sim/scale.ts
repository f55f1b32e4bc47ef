/**
 * One push to many terminals over a healthy network: how long it takes against the least that is possible (F/B: the content over one
 * line), and what it costs the main server.
 */

import { Identities } from './identities.ts'
import { readRecords, unreached, unsettled } from './outcome-law.ts'
import { NO_TIMES, type PushPlan, type Scenario } from './scenario.ts'
import { World } from './world.ts'

const LATENCY_MS = 5
const LONGEST_MS = 600_000
const LOOK_MS = 100

export interface Scale {
  readonly terminals: number
  readonly contentBytes: number
  readonly packetBytes: number
  readonly tree: PushPlan['tree']
  readonly fanOut: number
  /** Of every terminal, up and down, and of the main server, up. */
  readonly lineBytesPerSecond: number
}

/** @returns lines for people @throws when a law is broken, or somebody gets nothing */
export async function measureScale(scale: Scale): Promise<string> {
  const { terminals, contentBytes, packetBytes, tree, fanOut, lineBytesPerSecond } = scale
  const startedMs = performance.now()
  const scenario = scaleScenario(scale)
  const [push] = scenario.pushes as [PushPlan]
  const world = new World(scenario, { identities: new Identities(), disturbed: new Set() })
  await world.start()
  requireLawful(world)
  const connectedMs = performance.now()
  const before = { ...world.mainTraffic }
  const startMs = world.clock.monotonic()
  const pusher = await world.addPusher(push)
  let plannedMs = Number.POSITIVE_INFINITY
  void pusher.run()
  await world.clock.runUntil(() => pusher.transfer !== undefined || pusher.state === 'over', LONGEST_MS)
  plannedMs = performance.now() - connectedMs
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
  const tookMs = Math.max(...deliveries.map(({ finishedAt }) => finishedAt ?? Number.NaN)) - createdAt
  const leastMs = (contentBytes / lineBytesPerSecond) * 1000
  const depth = Math.max(...deliveries.map((delivery) => delivery.depth ?? 0))
  const { mainTraffic } = world
  const each = (count: number) => (count / terminals).toFixed(1)
  const lines = [
    `${terminals} terminals: ${(tookMs / 1000).toFixed(2)} s, ${(tookMs / leastMs).toFixed(2)} × F/B ` +
      `(F ${contentBytes} bytes in packets of ${packetBytes}, B ${lineBytesPerSecond} bytes/s), ${tree} ${fanOut}, depth ${depth}`,
    `  main server, a terminal: ${each(mainTraffic.sentFrames - before.sentFrames)} frames and ` +
      `${each(mainTraffic.sentBytes - before.sentBytes)} bytes sent, ` +
      `${each(mainTraffic.heardFrames - before.heardFrames)} frames and ` +
      `${each(mainTraffic.heardBytes - before.heardBytes)} bytes heard`,
    `  this machine: ${seconds(connectedMs - startedMs)} s to enrol all, ${seconds(plannedMs)} s to plan, ` +
      `${seconds(performance.now() - connectedMs)} s in all, ${Math.round(process.memoryUsage().rss / 2 ** 20)} MiB`,
  ]
  await world.end()
  return lines.join('\n')
}

function scaleScenario(scale: Scale): Scenario {
  const { terminals, contentBytes: bytes, packetBytes, tree, fanOut, lineBytesPerSecond } = scale
  const line = {
    leaf: false,
    outboundOnly: false,
    bytesPerSecond: lineBytesPerSecond,
    latencyMs: LATENCY_MS,
    lie: null,
  }
  const push: PushPlan = {
    ...{ name: 'pusher', atMs: 0, destination: 'content', bytes, chunkBytes: 65_536, chunkPauseMs: 0 },
    ...{ sizeKnown: true, to: 'all', tree, fanOut, packetBytes, compression: 'none', relayAfterBytes: 0 },
    cipher: 'aes-256-gcm',
    ...NO_TIMES,
  }
  return {
    ...{ seed: 1, mainBytesPerSecond: lineBytesPerSecond, mainDownlinkBytesPerSecond: Number.POSITIVE_INFINITY },
    ...{ stall: null, pushes: [push], faults: [] },
    terminals: Array.from({ length: terminals }, (_, k) => ({ name: `t${k + 1}`, ...line })),
  }
}

function requireLawful(world: World): void {
  if (world.referee.failure !== undefined) throw new Error(world.referee.failure)
}

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
