/**
 * One push to many terminals over a healthy network: how long it takes against the least that is possible (F/B: the content over one
 * line), and what it costs the main server.
 */

import { healthyScenario, requireLawful, runPush } from './healthy-push.ts'
import { Identities } from './identities.ts'
import { MAIN, type PushPlan } from './scenario.ts'
import { World } from './world.ts'

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
  const { terminals, contentBytes, lineBytesPerSecond, packetBytes, tree, fanOut } = scale
  const startedMs = performance.now()
  const scenario = healthyScenario(terminals, [
    { name: 'pusher', destination: 'content', bytes: contentBytes, tree, fanOut, packetBytes },
  ])
  const [push] = scenario.pushes as [PushPlan]
  const world = new World(scenario, { identities: new Identities(), disturbed: new Set() })
  await world.start()
  requireLawful(world)
  for (const name of world.terminals.keys()) world.network.slow(name, lineBytesPerSecond)
  world.network.slow(MAIN, lineBytesPerSecond, Number.POSITIVE_INFINITY)
  const connectedMs = performance.now()
  const before = { ...world.mainTraffic }
  const { tookMs, depth, planMs } = await runPush(world, push)
  const { mainTraffic } = world
  const each = (key: keyof ScaleFigures['main']) => (mainTraffic[key] - before[key]) / terminals
  const figures: ScaleFigures = {
    scale,
    tookMs,
    leastMs: (contentBytes / lineBytesPerSecond) * 1000,
    depth,
    main: {
      sentFrames: each('sentFrames'),
      sentBytes: each('sentBytes'),
      heardFrames: each('heardFrames'),
      heardBytes: each('heardBytes'),
    },
    planMs,
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

function seconds(ms: number): string {
  return (ms / 1000).toFixed(1)
}
