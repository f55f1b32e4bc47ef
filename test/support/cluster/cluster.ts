/**
 * A main server and its terminals in one process, on virtual time and a modelled network: what the code of FIG. 2C does together.
 * Repeatable: the same seed and calls give the same run.
 */

import { onTestFinished } from 'vitest'
import type { Network } from '../../../src/link/link.ts'
import type { HostLine } from '../../../src/link/memory-host.ts'
import { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from '../../../src/link/memory-network.ts'
import type { Timer } from '../../../src/system/clock.ts'
import { createMemoryFiles, type MemoryFiles } from '../../../src/system/memory-files.ts'
import { type Random, seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { StateFile } from '../../../src/terminal/state-file.ts'
import type { EndWith } from '../temporary-folder.ts'
import { ClusterMain, type ClusterTransfer } from './cluster-main.ts'
import { type ClusterTerminal, startClusterTerminal } from './cluster-terminal.ts'
import { createMember, type Member } from './member.ts'

export interface ClusterOptions {
  /** Default 1. */
  readonly seed?: number
  readonly network?: Partial<Omit<MemoryNetworkOptions, 'clock' | 'random'>>
  /** Whether the main server serves orphans itself; default true. */
  readonly rescues?: boolean
  readonly endWith?: EndWith
}

/**
 * Times are whole 1024ths of a millisecond, so that sums of them are exact: a timer that runs a rounding error too early sets itself
 * again for a time so short that the clock does not move, and again, without end.
 */
class ExactClock extends VirtualClock {
  override after(delayMs: number, run: () => void, options?: { background?: boolean }): Timer {
    return super.after(Math.ceil(delayMs * 1024) / 1024, run, options)
  }
}

export class Cluster {
  readonly clock: VirtualClock = new ExactClock()
  readonly random: Random
  readonly network: MemoryNetwork
  readonly mainMember: Member
  readonly main: ClusterMain
  /** By name. */
  readonly terminals = new Map<string, ClusterTerminal>()
  readonly #members = new Map<string, Member>()
  readonly #files = new Map<string, MemoryFiles>()
  readonly #states = new Map<string, StateFile>()

  constructor({ seed = 1, network, rescues = true, endWith = onTestFinished }: ClusterOptions = {}) {
    this.random = seededRandom(seed)
    this.network = createMemoryNetwork({ clock: this.clock, random: this.random, ...network })
    this.mainMember = createMember('main', this.random)
    this.main = new ClusterMain({
      member: this.mainMember,
      network: this.network.host('main', this.mainMember.fingerprint),
      clock: this.network.clockOf('main'),
      random: this.random,
      find: (fingerprint) => [...this.#members.values()].find((member) => member.fingerprint === fingerprint),
      rescues,
    })
    endWith(() => this.#end())
  }

  /** A cluster whose terminals t1, t2 … are connected. */
  static async start(terminals: number, options: ClusterOptions = {}): Promise<Cluster> {
    const cluster = new Cluster(options)
    await cluster.main.start()
    for (let k = 1; k <= terminals; k++) await cluster.startTerminal(`t${k}`)
    await cluster.connected()
    return cluster
  }

  /** Lets time pass until the main server knows of every terminal that runs. */
  async connected(): Promise<void> {
    const running = [...this.terminals.values()]
    await this.until(() => running.every(({ member }) => this.main.control(member) !== undefined))
    // The terminals hear of it a moment later.
    await this.clock.advance(100)
  }

  /** All that were ever started, in the order of their first start. */
  get members(): Member[] {
    return [...this.#members.values()]
  }

  /** Enrolled members that run nothing yet: for tests that speak for them. */
  enrol(name: string): Member {
    const member = this.#members.get(name) ?? createMember(name, this.random)
    this.#members.set(name, member)
    return member
  }

  /** The network as the host of `member` sees it. */
  host(member: Member, line?: Partial<HostLine>): Network {
    return this.network.host(member.name, member.fingerprint, line)
  }

  /** Starts a terminal, or starts it again after kill() with the disk and the state it had. */
  async startTerminal(name: string, line?: Partial<HostLine>): Promise<ClusterTerminal> {
    const member = this.enrol(name)
    const files =
      this.#files.get(name) ?? createMemoryFiles({ clock: this.clock, random: this.random, capacityBytes: 1e9 })
    const state = this.#states.get(name)
    const network = this.host(member, line)
    const terminal = await startClusterTerminal({
      ...{ member, main: this.mainMember, network, files, random: this.random },
      clock: this.network.clockOf(name),
      ...(state === undefined ? {} : { state }),
    })
    this.#files.set(name, files)
    this.#states.set(name, terminal.state)
    this.terminals.set(name, terminal)
    return terminal
  }

  terminal(name: string): ClusterTerminal {
    const terminal = this.terminals.get(name)
    if (terminal === undefined) throw new Error(`the cluster runs no terminal ${name}`)
    return terminal
  }

  /** The disk of a terminal, also while it does not run. */
  disk(name: string): MemoryFiles {
    const files = this.#files.get(name)
    if (files === undefined) throw new Error(`the cluster has no disk of ${name}`)
    return files
  }

  /** Kills the process; its machine keeps what was written. */
  kill(name: string, saying?: 'reset' | 'nothing'): void {
    this.network.kill(name, saying)
    this.#files.set(name, this.terminal(name).files.kill())
    this.terminals.delete(name)
  }

  /** Every member as a target, in the order in which they were started. */
  targets(names: readonly string[] = this.members.map(({ name }) => name)) {
    return names.map((name) => ({ member: this.#members.get(name) as Member }))
  }

  /** Lets time pass until `done`. @throws when that takes longer than `limitMs` */
  async until(done: () => boolean, limitMs = 60_000): Promise<void> {
    const startedMs = this.clock.monotonic()
    if (await this.clock.runUntil(done, limitMs)) return
    throw new Error(`not done after ${this.clock.monotonic() - startedMs} ms: ${done}`)
  }

  /** Lets time pass until each of `names` has content active. */
  async delivered(transfer: ClusterTransfer, names: Iterable<string> = this.terminals.keys()): Promise<void> {
    const wanted = [...names]
    await this.until(() => wanted.every((name) => transfer.receipts.get(name)?.state === 'active'))
  }

  async #end(): Promise<void> {
    for (const name of [...this.terminals.keys(), 'main']) this.network.kill(name)
    for (const state of this.#states.values()) await state.close()
  }
}
