/**
 * One modelled machine: a disk and databases that outlive its processes, a line, and the real program that runs on it, started again
 * after every end.
 *
 *   down ──start──► starting ──► up ──kill, powerCut──► down       stop: up ──► stopping ──► down
 */

import type { Identity } from '../../src/identity/identity.ts'
import type { Network } from '../../src/link/link.ts'
import type { HostLine } from '../../src/link/memory-host.ts'
import type { MemoryNetwork } from '../../src/link/memory-network.ts'
import type { Clock } from '../../src/system/clock.ts'
import type { Commands } from '../../src/system/commands.ts'
import type { Files } from '../../src/system/files.ts'
import type { Log } from '../../src/system/log.ts'
import { createMemoryFiles, type MemoryFiles } from '../../src/system/memory-files.ts'
import { type Random, seededRandom } from '../../src/system/random.ts'
import { Draws, seedOf } from './draws.ts'
import { type DiskOrder, SlowDisk } from './slow-disk.ts'
import { type LinkWatcher, watchNetwork } from './watched-network.ts'

/** What a process is given. */
export interface Means {
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly commands: Commands
  readonly network: (identity: Identity) => Network
  readonly log: Log
}

export interface Process {
  /** Resolves when the process ends on its own. */
  readonly failed?: Promise<Error>
  stop(): Promise<void>
}

export interface MachineOptions {
  readonly name: string
  readonly seed: number
  readonly clock: Clock
  readonly network: MemoryNetwork
  readonly fingerprint: string
  readonly line: Partial<HostLine>
  readonly watcher: LinkWatcher
  readonly log: Log
  /** Whether its disk loses what is written to it. */
  readonly forgets?: boolean
  readonly program: (means: Means) => Promise<Process>
  readonly renamed: (from: string, to: string) => Promise<void>
  /** The process is gone, however it ended. */
  readonly left: () => void
  /** The process begins; its wall clock is about to jump. */
  readonly starts?: () => void
  readonly jumps?: () => void
  /** The process could not start, or ended on its own. */
  readonly ended: (error: unknown) => void
}

export type MachineState = 'down' | 'starting' | 'up' | 'stopping'

export class Machine {
  readonly name: string
  readonly orders: DiskOrder[] = []
  /** The disk, as the process that runs now holds it. */
  files: MemoryFiles
  state: MachineState = 'down'
  readonly #options: MachineOptions
  readonly #random: Random
  readonly #draws: Draws
  #process: Process | undefined
  /** Counts starts: what an earlier process still says is not heard. */
  #run = 0
  #wallOffsetMs = 0

  constructor(options: MachineOptions) {
    this.name = options.name
    this.#options = options
    this.#random = seededRandom(seedOf(options.seed, options.name))
    this.#draws = new Draws(seedOf(options.seed, `disk of ${options.name}`))
    const random = seededRandom(seedOf(options.seed, `power of ${options.name}`))
    this.files = createMemoryFiles({ clock: options.clock, random, capacityBytes: 1e9 })
  }

  start(): void {
    if (this.state !== 'down') return
    this.#options.starts?.()
    const { name, network, fingerprint, line, watcher, log, forgets, renamed, program } = this.#options
    const host = network.host(name, fingerprint, line)
    const clock = this.#ownClock(network.clockOf(name))
    const files = new SlowDisk({
      ...{ files: this.files, clock, draws: this.#draws, orders: this.orders },
      ...{ forgets: forgets === true, events: { renamed } },
    })
    const run = ++this.#run
    this.state = 'starting'
    const watched = watchNetwork(host, watcher)
    const commands = modelledCommands(clock)
    program({ clock, random: this.#random, files, commands, network: () => watched, log }).then(
      (process) => {
        if (run !== this.#run || this.state !== 'starting') return
        this.#process = process
        this.state = 'up'
        void process.failed?.then((error) => this.#endedAlone(run, error))
      },
      (error: unknown) => this.#endedAlone(run, error),
    )
  }

  kill(): void {
    if (this.#leave('reset')) this.files = this.files.kill()
  }

  /** @returns whether there was power to cut: the disk may have forgotten something */
  cutPower(): boolean {
    const running = this.#leave('nothing')
    if (running) this.files = this.files.crash()
    return running
  }

  /** Ends the process in its own way; harmless when none is up. */
  async stop(): Promise<void> {
    if (this.state !== 'up') return
    const run = this.#run
    this.state = 'stopping'
    await this.#process?.stop()
    if (run === this.#run) this.kill()
  }

  /** What its wall clock says. */
  get nowMs(): number {
    return this.#options.clock.now() + this.#wallOffsetMs
  }

  jumpWall(byMs: number): void {
    this.#options.jumps?.()
    this.#wallOffsetMs += byMs
  }

  #leave(saying: 'reset' | 'nothing'): boolean {
    if (this.state === 'down') return false
    this.state = 'down'
    this.#run++
    this.#process = undefined
    this.#options.network.kill(this.name, saying)
    this.#options.left()
    return true
  }

  #endedAlone(run: number, error: unknown): void {
    if (run !== this.#run) return
    this.kill()
    this.#options.ended(error)
  }

  #ownClock(clock: Clock): Clock {
    return {
      now: () => clock.now() + this.#wallOffsetMs,
      monotonic: () => clock.monotonic(),
      after: (delayMs, run, options) => clock.after(delayMs, run, options),
    }
  }
}

/** Every command takes a moment and ends well; once its process is gone it says nothing more. */
function modelledCommands(clock: Clock): Commands {
  return {
    start: () => ({
      ended: new Promise((resolve) => {
        clock.after(COMMAND_MS, () => resolve({ end: 'exited', exitCode: 0, output: '' }))
      }),
      stop: () => undefined,
    }),
  }
}

const COMMAND_MS = 40
