/**
 * One push to many terminals over a healthy network: how long it takes against the least that is possible (F/B: the content over one
 * line), and what it costs the main server.
 */

import { Identities } from './identities.ts'
import { readRecords, unreached, unsettled } from './outcome-law.ts'
import { MAIN, NO_TIMES, type PushPlan, type Scenario } from './scenario.ts'
import { World } from './world.ts'

const LATENCY_MS = 5
/** While they enrol, all lines are as fast: what is measured is the push. */
const ENROLLING_BYTES_PER_SECOND = 125_000_000
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

/** What one push took, in modelled time, at the main server and of this machine. */
export interface ScaleFigures {
  readonly scale: Scale
  /** From the record of the transfer to the last receipt. */
  readonly tookMs: number
  /** F/B: the content over one line. */
  readonly leastMs: number
  readonly depth: number
  /** At the main server, for each terminal, from the push on. */
  readonly main: Record<'sentFrames' | 'sentBytes' | 'heardFrames' | 'heardBytes', number>
  /** Real time on this machine. */
  readonly planMs: number
  readonly enrolMs: number
  readonly runMs: number
  readonly residentBytes: number
}

/** @throws when a law is broken, or somebody gets nothing */
export async function measureScale(scale: Scale): Promise<ScaleFigures> {
  const { terminals, contentBytes, lineBytesPerSecond } = scale
  const startedMs = performance.now()
  const scenario = scaleScenario(scale)
  const [push] = scenario.pushes as [PushPlan]
  const world = new World(scenario, { identities: new Identities(), disturbed: new Set() })
  await world.start()
  requireLawful(world)
  for (const name of world.terminals.keys()) world.network.slow(name, lineBytesPerSecond)
  world.network.slow(MAIN, lineBytesPerSecond, Number.POSITIVE_INFINITY)
  const connectedMs = performance.now()
  const before = { ...world.mainTraffic }
  const startMs = world.clock.monotonic()
  const pusher = await world.addPusher(push)
  void pusher.run()
  await world.clock.runUntil(() => pusher.transfer !== undefined || pusher.state === 'over', LONGEST_MS)
  const plannedMs = performance.now()
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
  const { mainTraffic } = world
  const each = (key: keyof ScaleFigures['main']) => (mainTraffic[key] - before[key]) / terminals
  const figures: ScaleFigures = {
    scale,
    tookMs: Math.max(...deliveries.map(({ finishedAt }) => finishedAt ?? Number.NaN)) - createdAt,
    leastMs: (contentBytes / lineBytesPerSecond) * 1000,
    depth: Math.max(...deliveries.map((delivery) => delivery.depth ?? 0)),
    main: {
      sentFrames: each('sentFrames'),
      sentBytes: each('sentBytes'),
      heardFrames: each('heardFrames'),
      heardBytes: each('heardBytes'),
    },
    planMs: plannedMs - connectedMs,
    enrolMs: connectedMs - startedMs,
    runMs: performance.now() - connectedMs,
    residentBytes: process.memoryUsage().rss,
  }
  await world.end()
  return figures
}

/** For people: lines of text. */
export function tellScale({
  scale,
  tookMs,
  leastMs,
  depth,
  main,
  planMs,
  enrolMs,
  runMs,
  residentBytes,
}: ScaleFigures) {
  const { terminals, contentBytes, packetBytes, tree, fanOut, lineBytesPerSecond } = scale
  return [
    `${terminals} terminals: ${(tookMs / 1000).toFixed(2)} s, ${(tookMs / leastMs).toFixed(2)} × F/B ` +
      `(F ${contentBytes} bytes in packets of ${packetBytes}, B ${lineBytesPerSecond} bytes/s), ${tree} ${fanOut}, depth ${depth}`,
    `  main server, a terminal: ${main.sentFrames.toFixed(1)} frames and ${main.sentBytes.toFixed(1)} bytes sent, ` +
      `${main.heardFrames.toFixed(1)} frames and ${main.heardBytes.toFixed(1)} bytes heard`,
    `  this machine: ${seconds(enrolMs)} s to enrol all, ${seconds(planMs)} s to plan, ` +
      `${seconds(runMs)} s in all, ${Math.round(residentBytes / 2 ** 20)} MiB`,
  ].join('\n')
}

function scaleScenario(scale: Scale): Scenario {
  const { terminals, contentBytes: bytes, packetBytes, tree, fanOut } = scale
  const line = {
    leaf: false,
    outboundOnly: false,
    bytesPerSecond: ENROLLING_BYTES_PER_SECOND,
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
    ...{ seed: 1, mainBytesPerSecond: ENROLLING_BYTES_PER_SECOND },
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
