import { describe, expect, test } from 'vitest'
import { Identities } from './identities.ts'
import { keptScenarios } from './kept-scenarios.ts'
import { runScenario } from './run.ts'
import { drawScenario, type Scenario } from './scenario.ts'
import { shrink } from './shrink.ts'

/** About a minute's worth on one core. */
const SEEDS = 50
const FIRST_SEED = 1
const SEEDS_PER_TEST = 10

const identities = new Identities()
const run = (scenario: Scenario) => runScenario(scenario, { identities })

/** Says all that is needed to run it again. */
async function expectLawful(scenario: Scenario): Promise<void> {
  const { failure } = await run(scenario)
  if (failure === undefined) return
  const smallest = await shrink(scenario, run, { tries: 20 })
  expect.fail(
    `seed ${scenario.seed}: ${failure}\nmade smaller: ${smallest.failure}\n${JSON.stringify(smallest.scenario)}`,
  )
}

describe('whatever breaks, nothing is lost', () => {
  for (let first = FIRST_SEED; first < FIRST_SEED + SEEDS; first += SEEDS_PER_TEST) {
    test(`seeds ${first} to ${first + SEEDS_PER_TEST - 1}`, async () => {
      for (let seed = first; seed < first + SEEDS_PER_TEST; seed++) {
        await expectLawful(drawScenario(seed, { liars: false }))
      }
    })
  }
})

test('terminals that lie harm nobody else', async () => {
  for (let seed = 500; seed < 510; seed++) await expectLawful(drawScenario(seed))
})

describe('what was broken once stays mended', () => {
  test.each(keptScenarios())('$showed', async ({ scenario }) => {
    await expectLawful(scenario)
  })
})

test('the same seed gives the same run', async () => {
  const scenario = drawScenario(4)
  const [once, again] = [await run(scenario), await run(scenario)]
  expect(again).toEqual(once)
  const other = await run(drawScenario(5))
  expect(other.digest).not.toBe(once.digest)
})

test('two hundred terminals, some of which fail', async () => {
  const scenario = drawScenario(1, { terminals: 200, faults: ['kill', 'isolate', 'reset'], liars: false })
  const result = await run({ ...scenario, pushes: scenario.pushes.slice(0, 1) })
  expect(result.failure).toBeUndefined()
})
