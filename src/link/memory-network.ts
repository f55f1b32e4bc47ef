/**
 * A modelled network in one process: hosts with lines of a given rate and latency, and faults on demand. Its links are the framed
 * links of the real network over another byte transport, so limits, keepalive and closing are the same code.
 *
 * Repeatable: on a virtual clock and with a seeded chance, the same calls give the same run. Cheap: work and timers a parcel, not a
 * byte; an idle link costs what its keepalive costs.
 */

import type { Address } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { ProcessClock } from '../system/process-clock.ts'
import type { Random } from '../system/random.ts'
import { FramedLink } from './framed-link.ts'
import type { KeepaliveTimes } from './keepalive.ts'
import type { Fingerprint, Link, Listener, Network } from './link.ts'
import { dialOverMemory } from './memory-dial.ts'
import { type HostLine, MemoryHost } from './memory-host.ts'
import { type ConnectionModel, MemoryTransport } from './memory-transport.ts'
import { listenError } from './network-errors.ts'

export interface MemoryNetworkOptions {
  readonly clock: Clock
  readonly random: Random
  /** One way between two hosts; default 1. */
  readonly latencyMs?: number
  /** Of every host's uplink and downlink; default: no limit. */
  readonly bytesPerSecond?: number
  /** Lost packets, as TCP shows them: with this chance a parcel, and what is behind it, is late by that much. Default: never. */
  readonly stall?: { readonly chance: number; readonly ms: number }
  readonly windowBytes?: number
  /** What one turn on an uplink carries at most. Smaller is fairer, larger is faster to run. */
  readonly parcelBytes?: number
  readonly keepalive?: KeepaliveTimes
}

const DEFAULT_WINDOW_BYTES = 1024 * 1024
const DEFAULT_PARCEL_BYTES = 64 * 1024
const FIRST_FREE_PORT = 49152

export class MemoryNetwork {
  readonly #options: MemoryNetworkOptions
  readonly #connection: ConnectionModel
  readonly #hosts = new Map<string, MemoryHost>()
  readonly #ends = new WeakMap<Link, MemoryTransport>()

  constructor(options: MemoryNetworkOptions) {
    const { stall, random } = options
    this.#options = options
    this.#connection = {
      clock: options.clock,
      windowBytes: options.windowBytes ?? DEFAULT_WINDOW_BYTES,
      parcelBytes: options.parcelBytes ?? DEFAULT_PARCEL_BYTES,
      lateMs: () => (stall && random.fraction() < stall.chance ? stall.ms : 0),
    }
  }

  /**
   * The network as a process on the host `name` sees it; others dial `{ host: name }`. Called again after kill(), it starts a new
   * process there.
   * @throws E_HOST_IN_USE while an earlier process runs
   */
  host(name: string, fingerprint: Fingerprint, line: Partial<HostLine> = {}): Network {
    const before = this.#hosts.get(name)
    if (before && (before.state === 'up' || before.state === 'paused')) {
      throw new TreecastError('E_HOST_IN_USE', `a process runs on the modelled host ${name} already; kill it first`)
    }
    const host = new MemoryHost(this.#options.clock, { name, fingerprint, line: { ...this.#defaultLine(), ...line } })
    if (before) this.#inheritCuts(before, host)
    this.#hosts.set(name, host)
    return {
      listen: async (address, accept) => this.#listen(host, address, accept),
      dial: (address, options) =>
        dialOverMemory({
          from: host,
          address,
          options,
          find: () => this.#hosts.get(address.host),
          connect: (found) => this.#connect(host, found, address),
        }),
    }
  }

  /** The clock that the process on this host must be given: it stops with the host. */
  clockOf(name: string): ProcessClock {
    return this.#host(name).clock
  }

  /** The connection breaks, and both sides are told. */
  reset(link: Link): void {
    this.#ends.get(link)?.resetBoth()
  }

  /** The connection silently loses everything from now on, in both directions. */
  halfOpen(link: Link): void {
    this.#ends.get(link)?.severBoth()
  }

  /** Nothing sent from `a` reaches `b`, nor back unless `oneWay`. Connections stay, and go on after heal() if they live so long. */
  partition(a: string, b: string, options: { oneWay?: boolean } = {}): void {
    const [from, to] = [this.#host(a), this.#host(b)]
    from.cutOff.add(to)
    if (!options.oneWay) to.cutOff.add(from)
  }

  /** Takes back every partition between the two. */
  heal(a: string, b: string): void {
    const [from, to] = [this.#host(a), this.#host(b)]
    from.cutOff.delete(to)
    to.cutOff.delete(from)
    for (const transport of [...from.transports]) if (transport.peerHost === to) transport.wake()
    for (const transport of [...to.transports]) if (transport.peerHost === from) transport.wake()
  }

  /** The process stands still: it neither sends, nor reads, nor do its timers run; its machine keeps its connections. */
  pause(name: string): void {
    const host = this.#host(name)
    if (host.state !== 'up') return
    host.state = 'paused'
    host.clock.pause()
  }

  resume(name: string): void {
    const host = this.#host(name)
    if (host.state !== 'paused') return
    host.state = 'up'
    host.clock.resume()
    host.serve()
    for (const transport of [...host.transports]) transport.wake()
  }

  /** Changes the host's line, both directions unless `downlinkBytesPerSecond` says otherwise. */
  slow(name: string, bytesPerSecond: number, downlinkBytesPerSecond = bytesPerSecond): void {
    const host = this.#host(name)
    for (const rate of [bytesPerSecond, downlinkBytesPerSecond]) requireRate(rate)
    host.setLine({ ...host.line, uplinkBytesPerSecond: bytesPerSecond, downlinkBytesPerSecond })
  }

  /**
   * Ends the process without a chance to do anything: none of its handlers and timers runs again. `saying` 'reset' is a crash whose
   * machine resets the connections, 'nothing' is a machine without power.
   */
  kill(name: string, saying: 'reset' | 'nothing' = 'reset'): void {
    const host = this.#host(name)
    if (host.state === 'killed' || host.state === 'vanished') return
    host.state = saying === 'reset' ? 'killed' : 'vanished'
    host.clock.kill()
    host.listeners.clear()
    for (const transport of [...host.transports]) transport.killSaying(saying)
  }

  #host(name: string): MemoryHost {
    const host = this.#hosts.get(name)
    if (!host) throw new TreecastError('E_UNKNOWN_HOST', `the modelled network has no host ${name}`)
    return host
  }

  #defaultLine(): HostLine {
    const bytesPerSecond = this.#options.bytesPerSecond ?? Number.POSITIVE_INFINITY
    requireRate(bytesPerSecond)
    return {
      uplinkBytesPerSecond: bytesPerSecond,
      downlinkBytesPerSecond: bytesPerSecond,
      latencyMs: this.#options.latencyMs ?? 1,
    }
  }

  #inheritCuts(before: MemoryHost, after: MemoryHost): void {
    for (const other of before.cutOff) after.cutOff.add(other)
    for (const other of this.#hosts.values()) if (other.cutOff.delete(before)) other.cutOff.add(after)
  }

  #listen(host: MemoryHost, address: Address, accept: (link: Link) => void): Listener {
    const port = address.port === 0 ? freePort(host) : address.port
    if (host.listeners.has(port)) throw listenError(address, Object.assign(new Error('in use'), { code: 'EADDRINUSE' }))
    host.listeners.set(port, accept)
    return {
      address: { host: host.name, port },
      async close() {
        if (host.listeners.get(port) === accept) host.listeners.delete(port)
      },
    }
  }

  #connect(from: MemoryHost, to: MemoryHost, address: Address): Link {
    const accept = to.listeners.get(address.port)
    const [near, far] = MemoryTransport.pair(this.#connection, from, to)
    to.clock.after(from.latencyTo(to), () => {
      const remote = { host: from.name, port: freePort(from) }
      accept?.(this.#link(far, { peer: from, remote, dialled: false }))
    })
    return this.#link(near, { peer: to, remote: address, dialled: true })
  }

  #link(transport: MemoryTransport, end: { peer: MemoryHost; remote: Address; dialled: boolean }): Link {
    const link = new FramedLink({
      transport,
      clock: transport.host.clock,
      peerFingerprint: end.peer.fingerprint,
      remote: end.remote,
      dialled: end.dialled,
      ...(this.#options.keepalive ? { keepalive: this.#options.keepalive } : {}),
    })
    this.#ends.set(link, transport)
    return link
  }
}

export function createMemoryNetwork(options: MemoryNetworkOptions): MemoryNetwork {
  return new MemoryNetwork(options)
}

function freePort(host: MemoryHost): number {
  let port = FIRST_FREE_PORT
  while (host.listeners.has(port)) port += 1
  return port
}

function requireRate(bytesPerSecond: number): void {
  if (bytesPerSecond > 0) return
  throw new TreecastError('E_RATE', `a modelled line needs a rate above zero, not ${bytesPerSecond}`)
}
