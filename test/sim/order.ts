/**
 * What ranking is worth: one push over lines of three rates with the ranked terminals above, with some drawn by lot, and with the
 * slowest. Probes show the main server before it what each line is good for.
 */

import { seededRandom } from '../../src/system/random.ts'
import { type HealthyPush, healthyScenario, requireLawful, runPush } from './healthy-push.ts'
import { Identities } from './identities.ts'
import { MAIN, type PushPlan } from './scenario.ts'
import { World } from './world.ts'

/** As many terminals of each, in turns; the main server has the first. */
const RATES_BYTES_PER_SECOND = [5_000_000, 2_500_000, 1_000_000] as const
const CONTENT_BYTES = 8 * 1024 * 1024
const PACKET_BYTES = 65_536
/** Of the probes, and of pinning. */
const LONGEST_MS = 600_000
const ORDERS = ['ranked', 'by lot', 'the slowest above'] as const
type Order = (typeof ORDERS)[number]

/** @returns lines for people @throws when a law is broken, or somebody gets nothing */
export async function measureOrders(terminals: number, wish: Pick<HealthyPush, 'tree' | 'fanOut'>): Promise<string[]> {
  const lines: string[] = []
  for (const order of ORDERS) {
    const tookMs = await measureOrder(terminals, order, wish)
    const leastMs = (CONTENT_BYTES / Math.min(...RATES_BYTES_PER_SECOND)) * 1000
    lines.push(
      `${terminals} terminals, ${wish.tree} ${wish.fanOut}, ${order}: ${(tookMs / 1000).toFixed(2)} s, ` +
        `${(tookMs / leastMs).toFixed(2)} × the slowest's F/B`,
    )
  }
  return lines
}

async function measureOrder(
  terminals: number,
  order: Order,
  wish: Pick<HealthyPush, 'tree' | 'fanOut'>,
): Promise<number> {
  const content = { bytes: CONTENT_BYTES, packetBytes: PACKET_BYTES, ...wish }
  const scenario = healthyScenario(terminals, [{ name: 'pusher', destination: 'content', ...content }])
  const [push] = scenario.pushes as [PushPlan]
  const world = new World(scenario, { identities: new Identities(), disturbed: new Set() })
  await world.start()
  requireLawful(world)
  const names = [...world.terminals.keys()]
  for (const [k, name] of names.entries()) world.network.slow(name, rateOf(k))
  world.network.slow(MAIN, RATES_BYTES_PER_SECOND[0], Number.POSITIVE_INFINITY)
  await done(world, 'the probes', world.probe('prober'))
  const at = above(names, order).join(',')
  if (at !== '') await done(world, 'pinning', world.steer('steerer', { kind: 'steer', atMs: 0, at, what: 'pin' }))
  const { tookMs } = await runPush(world, push)
  await world.end()
  return tookMs
}

function rateOf(k: number): number {
  return RATES_BYTES_PER_SECOND[k % RATES_BYTES_PER_SECOND.length] as number
}

/** Who is pinned above the others: as many by lot as there are of the slowest. */
function above(names: readonly string[], order: Order): string[] {
  const slowest = names.filter((_, k) => rateOf(k) === Math.min(...RATES_BYTES_PER_SECOND))
  if (order !== 'by lot') return order === 'ranked' ? [] : slowest
  const random = seededRandom(names.length)
  return names
    .map((name) => ({ name, lot: random.fraction() }))
    .toSorted((a, b) => a.lot - b.lot)
    .slice(0, slowest.length)
    .map(({ name }) => name)
}

/** Lets time pass until it is. */
async function done(world: World, what: string, work: Promise<void>): Promise<void> {
  let over = false
  void work.then(() => {
    over = true
  })
  if (!(await world.clock.runUntil(() => over, LONGEST_MS))) throw new Error(`${what} did not end`)
}
