/** The same copy by other programs, measured in the same run and checked in the same way. */

import { mkdirSync } from 'node:fs'
import { join } from 'node:path'
import type { Lab } from '../lab/lab.ts'
import { sha256File } from '../support/test-content.ts'
import type { Peer } from './peers/peer.ts'
import { type PeerName, startPeers } from './peers/start-peers.ts'
import { summarize } from './report/statistics.ts'
import type { Bench, Check, Completion, Measure, Reference } from './scenario.ts'

export interface PeersOptions {
  readonly names: readonly PeerName[]
  readonly lab: Lab | undefined
  readonly hosts: number
  readonly folder: string
  /** Undefined: unshaped. */
  readonly megabitsPerSecond?: number
}

/** The peers of a scenario, and what was measured of them so far. */
export class BesidePeers {
  readonly #bench: Bench
  readonly #hosts: number
  readonly #peers: readonly Peer[]
  readonly #runs = new Map<string, number[][]>()
  readonly #checks: Check[] = []
  /** Which are left out, and why. */
  readonly notes: readonly string[]

  private constructor(options: { bench: Bench; hosts: number; peers: readonly Peer[]; notes: readonly string[] }) {
    this.#bench = options.bench
    this.#hosts = options.hosts
    this.#peers = options.peers
    this.notes = options.notes
  }

  /** Starts those of the peers that the command line asks for. */
  static async start(bench: Bench, options: PeersOptions): Promise<BesidePeers> {
    const { hosts } = options
    const names = options.names.filter((name) => bench.peers.includes(name))
    const folder = join(options.folder, 'peers')
    mkdirSync(folder, { mode: 0o700 })
    const found = await startPeers({ ...options, names, folder })
    const notes = found.flatMap((peer) => ('skipped' in peer ? [`${peer.name} skipped: ${peer.skipped}`] : []))
    return new BesidePeers({ bench, hosts, peers: found.filter((peer) => 'copyToAll' in peer), notes })
  }

  /** Lets each peer copy the file once and checks every copy. */
  async measure({ path, fileName, digest }: { path: string; fileName: string; digest: string }): Promise<void> {
    for (const peer of this.#peers) {
      const seconds = await peer.copyToAll(path)
      this.#runs.set(peer.name, [...(this.#runs.get(peer.name) ?? []), seconds])
      this.#bench.say(`${peer.name}: ${Math.max(...seconds).toFixed(2)} s`)
      this.#checks.push(await this.#verify(peer, fileName, digest))
      peer.removeCopies()
    }
  }

  measures(references: readonly Reference[] = []): Measure[] {
    return [...this.#lastSeconds()].map(([name, values]) => ({ name, unit: 's', values, references }))
  }

  /** The median of each, for others to be compared with. */
  references(): Reference[] {
    return [...this.#lastSeconds()].map(([name, values]) => ({ name, value: summarize(values).median }))
  }

  completions(): Completion[] {
    return [...this.#runs].flatMap(([name, runs]) => ({ name, seconds: runs[0] ?? [] }))
  }

  checks(): readonly Check[] {
    return this.#checks
  }

  #lastSeconds(): Map<string, number[]> {
    return new Map([...this.#runs].map(([name, runs]) => [name, runs.map((seconds) => Math.max(...seconds))]))
  }

  async #verify(peer: Peer, fileName: string, digest: string): Promise<Check> {
    const hosts = Array.from({ length: this.#hosts }, (_, k) => k + 1)
    const copies = await Promise.all(
      hosts.map((host) => sha256File(peer.copyIn(host, fileName)).catch((error) => String(error))),
    )
    const right = copies.filter((copy) => copy === digest).length
    return {
      name: `${peer.name}: every copy has the SHA-256 of the file`,
      holds: right === hosts.length,
      detail: `${right} of ${hosts.length}`,
    }
  }
}
