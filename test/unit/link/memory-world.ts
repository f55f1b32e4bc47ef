/** A modelled network for tests, and links on it. */

import type { Link } from '../../../src/link/link.ts'
import { createMemoryNetwork, type MemoryNetwork, type MemoryNetworkOptions } from '../../../src/link/memory-network.ts'
import { seededRandom } from '../../../src/system/random.ts'
import { VirtualClock } from '../../../src/system/virtual-clock.ts'
import { LIMITS } from '../../../src/wire/limits.ts'
import { Side } from './network-suite.ts'

export interface Pair {
  readonly near: Side
  readonly far: Side
}

export class MemoryWorld {
  readonly clock = new VirtualClock()
  readonly network: MemoryNetwork
  readonly #accepted = new Map<string, Link[]>()
  readonly #networks = new Map<string, ReturnType<MemoryNetwork['host']>>()

  constructor(options: Partial<MemoryNetworkOptions> = {}) {
    this.network = createMemoryNetwork({ clock: this.clock, random: seededRandom(1), latencyMs: 10, ...options })
  }

  async addHost(name: string, line: Parameters<MemoryNetwork['host']>[2] = {}): Promise<void> {
    const network = this.network.host(name, `fp-${name}`, line)
    this.#networks.set(name, network)
    const links: Link[] = []
    this.#accepted.set(name, links)
    await network.listen({ host: name, port: 7717 }, (link) => links.push(link))
  }

  dial(from: string, to: string, deadlineMs = 60_000): Promise<Link> {
    const network = this.#networks.get(from)
    if (!network) throw new Error(`no host ${from}`)
    return network.dial({ host: to, port: 7717 }, { expect: `fp-${to}`, deadlineMs })
  }

  /** A link with both sides attached, ready for large frames. */
  async join(from: string, to: string): Promise<Pair> {
    const dial = this.dial(from, to)
    const accepted = this.#accepted.get(to) as Link[]
    const before = accepted.length
    await this.clock.runUntil(() => accepted.length > before, 60_000)
    const links = [await dial, accepted[before] as Link]
    for (const link of links) link.allowFrameBytes(() => LIMITS.dataFrameBytes)
    return { near: new Side(links[0] as Link), far: new Side(links[1] as Link) }
  }
}

/** A body that makes a frame of exactly so many bytes. */
export function frameOf(bytes: number): Uint8Array {
  return new Uint8Array(bytes - 8)
}
