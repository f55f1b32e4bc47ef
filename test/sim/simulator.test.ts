import { availableParallelism } from 'node:os'
import { describe, expect, test } from 'vitest'
import { healthyScenario } from './healthy-push.ts'
import { Identities } from './identities.ts'
import { keptScenarios } from './kept-scenarios.ts'
import { type RunResult, runScenario } from './run.ts'
import { drawScenario, MAIN, type Scenario } from './scenario.ts'
import { runInWorkers } from './seed-workers.ts'
import { shrink } from './shrink.ts'

/** As many of them as three minutes are enough for: about six hundred on two cores that have nothing else to do. */
const SEEDS = 1_500
const ENOUGH_MS = 180_000
const FEWEST_SEEDS = 50
const FIRST_SEED = 1
const DEADLINE_MS = 400_000
const SHRINKING_TRIES = 20

const identities = new Identities()
const run = (scenario: Scenario) => runScenario(scenario, { identities })

/** Says all that is needed to run it again. */
async function expectLawful(scenario: Scenario, { failure }: RunResult): Promise<void> {
  if (failure === undefined) return
  const smallest = await shrink(scenario, run, { tries: SHRINKING_TRIES })
  expect.fail(
    `seed ${scenario.seed}: ${failure}\nmade smaller: ${smallest.failure}\n${JSON.stringify(smallest.scenario)}`,
  )
}

test(`whatever breaks and whoever lies, nothing is lost: seeds from ${FIRST_SEED}`, {
  timeout: DEADLINE_MS,
}, async () => {
  const results: RunResult[] = []
  const endMs = performance.now() + ENOUGH_MS
  await runInWorkers({
    range: { first: FIRST_SEED, count: SEEDS, step: 1 },
    wish: {},
    workers: availableParallelism(),
    heard: (result) => {
      results.push(result)
      return result.failure === undefined && (performance.now() < endMs || results.length < FEWEST_SEEDS)
    },
  })
  for (const result of results) await expectLawful(drawScenario(result.seed), result)
  expect(results.length).toBeGreaterThanOrEqual(FEWEST_SEEDS)
})

describe('what was broken once stays mended', () => {
  test.each(keptScenarios())('$showed', async ({ scenario }) => {
    await expectLawful(scenario, await run(scenario))
  })
})

test('the same seed gives the same run', async () => {
  const scenario = drawScenario(4)
  const [once, again] = [await run(scenario), await run(scenario)]
  expect(again).toEqual(once)
  const other = await run(drawScenario(5))
  expect(other.digest).not.toBe(once.digest)
})

test.each([1, 2])(
  'a push whose main server is away for a while waits for all of its terminals: seed %i',
  async (seed) => {
    const push = { name: 'pusher1', destination: 'content', bytes: 200_000, tree: 'striped', fanOut: 2 } as const
    const healthy = healthyScenario(12, [{ ...push, packetBytes: 4096 }])
    // Long enough for the terminals' pauses between two tries to reach it to be long as well.
    const away = { kind: 'mainKill', atMs: 2_000, at: MAIN, forMs: 20_000 } as const
    const slow = healthy.terminals.map((terminal) => ({ ...terminal, bytesPerSecond: 20_000 }))
    const direct = healthy.pushes.map((pushed) => ({ ...pushed, direct: true }))
    const result = await run({ ...healthy, seed, terminals: slow, pushes: direct, faults: [away] })
    expect(result).toMatchObject({ failure: undefined, reports: { pusher1: 'complete' } })
  },
)

test('whom no relay can reach is served by others while the main server is busy', async () => {
  const push = { name: 'pusher1', destination: 'content', bytes: 3_000_000, tree: 'classic', fanOut: 3 } as const
  const healthy = healthyScenario(30, [{ ...push, packetBytes: 16_384 }])
  const [first, others] = [healthy.terminals.slice(0, 3), healthy.terminals.slice(3)]
  const faults = first.flatMap(({ name: at }) =>
    others.map(({ name: peer }) => ({ kind: 'partition', at, peer, atMs: 0, forMs: 100_000, oneWay: false }) as const),
  )
  // What it takes on beyond its tree keeps it busy for longer than a delivery may stand still.
  const result = await run({ ...healthy, mainBytesPerSecond: 300_000, faults })
  expect(result).toMatchObject({ failure: undefined, reports: { pusher1: 'complete' } })
})

test('two hundred terminals, some of which fail', async () => {
  const scenario = drawScenario(1, { terminals: 200, faults: ['kill', 'isolate', 'reset'], liars: false })
  const result = await run({ ...scenario, pushes: scenario.pushes.slice(0, 1) })
  expect(result.failure).toBeUndefined()
})
