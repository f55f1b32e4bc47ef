/**
 * One run: phase one breaks things while content is under way; phase two heals, and everything must come to rest; then one more push
 * must reach everyone, the network must fall silent, and every disk must survive a power cut with all that was promised on it.
 */

import { every } from '../../src/system/clock.ts'
import { messageOf } from '../../src/system/errors.ts'
import { FaultDesk } from './fault-desk.ts'
import type { Identities } from './identities.ts'
import { wrongLibrary } from './library-law.ts'
import {
  leftOver,
  mayBeProvided,
  nextTime,
  type RecordedTransfer,
  readRecords,
  unreached,
  unsettled,
  wrongRecord,
} from './outcome-law.ts'
import { NO_TIMES, type PushPlan, type Scenario } from './scenario.ts'
import { setLimits } from './small-limits.ts'
import { World } from './world.ts'

/** Not even an empty content. */
const NONE = -1

export interface RunResult {
  readonly seed: number
  /** What was broken first; undefined when nothing was. */
  readonly failure: string | undefined
  /** Equal for equal runs. */
  readonly digest: string
  readonly events: number
  readonly faults: number
  readonly virtualMs: number
  /** How many deliveries ended in each state, with the code of the reason. */
  readonly outcomes: Readonly<Record<string, number>>
  /** What each push reported at its end: the transfer's state, or the code of its error; undefined for one that was killed. */
  readonly reports: Readonly<Record<string, string | undefined>>
}

export interface RunOptions {
  readonly identities: Identities
  /** Hears every event: for people. */
  readonly tell?: (line: string) => void
}

const LONGEST_FAULTS_MS = 45_000
/** Long enough for every deadline of the protocol, one after another. */
const CONVERGE_MS = 240_000
const QUIET_MS = 60_000
const LOOK_MS = 250
/** What is to happen later than this is not waited for: the main server's clock is set. */
const LAST_WAIT_MS = 5_000

export async function runScenario(scenario: Scenario, options: RunOptions): Promise<RunResult> {
  const restoreLimits = setLimits({
    small: scenario.smallLimits === true,
    wholeContentBytes: scenario.wholeBytes ?? NONE,
  })
  const disturbed = new Set(scenario.faults.map(({ at }) => at))
  const world = new World(scenario, { identities: options.identities, tell: options.tell, disturbed })
  const rejected = (error: unknown) => world.referee.fail(`a promise was rejected unheard: ${stackOf(error)}`)
  process.on('unhandledRejection', rejected)
  const run = new Run(world)
  try {
    await run.whole()
  } catch (error) {
    world.referee.fail(`the run broke: ${stackOf(error)}`)
  }
  const result = await run.result()
  await world.end()
  process.off('unhandledRejection', rejected)
  restoreLimits()
  return result
}

class Run {
  readonly #world: World
  readonly #desk: FaultDesk
  #records: RecordedTransfer[] = []
  #recordsVersion: number | undefined

  constructor(world: World) {
    this.#world = world
    this.#desk = new FaultDesk(world)
  }

  async whole(): Promise<void> {
    const { scenario } = this.#world
    await this.#world.start()
    if (this.#broken) return
    for (const plan of scenario.pushes) await this.#push(plan)
    this.#desk.schedule(scenario.faults)
    await this.#pass(this.#faultyMs())
    this.#desk.heal()
    await this.#until(() => unsettled(this.#world, this.#records))
    await this.#until(() => this.#neverReached())
    await this.#letTimesCome()
    await this.#lastPush()
    await this.#pass(QUIET_MS)
    await this.#check(() => leftOver(this.#world))
    await this.#check(() => wrongLibrary(this.#world))
    await this.#look()
    await this.#check(() => wrongRecord(this.#world, this.#records))
    await this.#loseAllPower()
  }

  async result(): Promise<RunResult> {
    const { scenario, referee, trace, clock, pushers } = this.#world
    const reports = Object.fromEntries(
      [...pushers.values()].map(({ name, final, error }) => [name, final?.state ?? error]),
    )
    const outcomes: Record<string, number> = {}
    for (const { facts, deliveries } of this.#records) {
      if (facts.name === LAST) continue
      for (const { state, error } of deliveries) {
        const outcome = state === 'active' ? state : `${state} ${error?.code}`
        outcomes[outcome] = (outcomes[outcome] ?? 0) + 1
      }
    }
    return {
      ...{ seed: scenario.seed, failure: referee.failure, digest: trace.digest(), events: trace.events },
      ...{ outcomes, reports, faults: this.#desk.applied, virtualMs: clock.monotonic() },
    }
  }

  get #broken(): boolean {
    return this.#world.referee.failure !== undefined
  }

  #faultyMs(): number {
    const { faults, pushes } = this.#world.scenario
    const ends = faults.map((fault) => fault.atMs + ('forMs' in fault ? fault.forMs : 0))
    return Math.min(LONGEST_FAULTS_MS, Math.max(...pushes.map(({ atMs }) => atMs), ...ends) + 10)
  }

  async #push(plan: PushPlan): Promise<void> {
    const pusher = await this.#world.addPusher(plan)
    this.#world.clock.after(plan.atMs, () => void pusher.run())
  }

  /** Lets time pass. */
  async #pass(ms: number): Promise<void> {
    await this.#world.clock.runUntil(() => this.#broken, ms)
  }

  /** Lets time pass until nothing is `missing`, looking at the records all the time. */
  async #until(missing: () => string | undefined): Promise<void> {
    if (this.#broken) return
    await this.#look()
    const looking = every(this.#world.clock, LOOK_MS, () => void this.#look())
    const { clock, referee } = this.#world
    const done = await clock.runUntil(() => this.#broken || missing() === undefined, CONVERGE_MS)
    looking.cancel()
    if (!done) referee.fail(`not after ${CONVERGE_MS / 1000} s without faults: ${missing()}`)
  }

  /** Everything goes live and away that is to; a time that a jump of a clock has put far off comes sooner by another jump. */
  async #letTimesCome(): Promise<void> {
    for (let atMs = this.#nextTime(); atMs !== undefined && !this.#broken; atMs = this.#nextTime()) {
      const { main } = this.#world
      const aheadMs = atMs - main.nowMs - LAST_WAIT_MS
      if (aheadMs > 0) main.jumpWall(aheadMs)
      const due = atMs
      await this.#until(() => (main.nowMs < due ? 'a time has not come' : unsettled(this.#world, this.#records)))
    }
  }

  #nextTime(): number | undefined {
    return nextTime(this.#records, this.#world.main.nowMs)
  }

  async #look(): Promise<void> {
    const version = this.#world.databaseVersion
    if (version === this.#recordsVersion) return
    this.#recordsVersion = version
    this.#records = await readRecords(this.#world)
  }

  /** Once nothing is broken any more, one push reaches everyone who does not lie. */
  async #lastPush(): Promise<void> {
    if (this.#broken || !this.#world.hasTargets) return
    const plan = lastPush(this.#world.scenario.seed % 2 === 0 ? 'classic' : 'striped')
    await this.#push(plan)
    await this.#until(() => unsettled(this.#world, this.#records) ?? unreached(plan, this.#records))
  }

  /** Deliveries that were put off are made when their terminal is there; only what may fail for good has failed. */
  #neverReached(): string | undefined {
    const { scenario, revoked } = this.#world
    const { pushes } = scenario
    for (const { facts, deliveries } of this.#records) {
      const push = pushes.find(({ name }) => name === facts.name)
      if (push !== undefined && !mayBeProvided(this.#world, push, { facts, deliveries })) continue
      for (const { state, terminal } of deliveries) {
        if (state === 'pending' && terminal.plan.lie === null && !revoked.has(terminal.plan.name))
          return `transfer ${facts.id} is pending at ${terminal.plan.name}`
      }
    }
    return undefined
  }

  async #loseAllPower(): Promise<void> {
    if (this.#broken) return
    for (const { plan } of this.#world.terminals.values()) this.#desk.cutPower(plan.name)
    await this.#pass(1)
    await this.#check(() => wrongRecord(this.#world, this.#records))
  }

  async #check(law: () => Promise<string | undefined>): Promise<void> {
    const wrong = this.#broken ? undefined : await law()
    if (wrong !== undefined) this.#world.referee.fail(wrong)
  }
}

const LAST = 'last'

function lastPush(tree: PushPlan['tree']): PushPlan {
  return {
    ...{ name: LAST, atMs: 0, destination: 'last.txt', bytes: 30_000, chunkBytes: 8_192, chunkPauseMs: 0 },
    ...{ sizeKnown: true, to: 'all', tree, fanOut: 2, packetBytes: 4096, compression: 'auto', cipher: 'aes-256-gcm' },
    relayAfterBytes: 0,
    ...NO_TIMES,
  }
}

function stackOf(error: unknown): string {
  return error instanceof Error ? (error.stack ?? messageOf(error)) : String(error)
}
