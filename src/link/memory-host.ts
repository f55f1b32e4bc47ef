/**
 * One modelled machine on the network: its line, and who may send next over it.
 *
 * The uplink takes one parcel at a time from the pipes that have something to send, in turn. The downlink works as long as anything
 * arrives: a parcel is through when its last byte has left the sender and crossed the network, and the downlink has had the time for
 * it. No byte is counted alone and no timer is set for an idle line, so a parcel costs two timers at most.
 */

import type { Clock, Timer } from '../system/clock.ts'
import { ProcessClock } from '../system/process-clock.ts'
import { Fifo } from './fifo.ts'
import type { Fingerprint, Link } from './link.ts'
import type { MemoryPipe } from './memory-pipe.ts'
import type { MemoryTransport } from './memory-transport.ts'

/** A machine's line. Rates are bytes a second, Infinity for a line that is never the bottleneck. */
export interface HostLine {
  readonly uplinkBytesPerSecond: number
  readonly downlinkBytesPerSecond: number
  /** From one host to another a byte takes the mean of both hosts' values. */
  readonly latencyMs: number
}

export class MemoryHost {
  readonly name: string
  readonly fingerprint: Fingerprint
  /** The clock of what runs on this host: it stops with the host. */
  readonly clock: ProcessClock
  readonly listeners = new Map<number, (link: Link) => void>()
  readonly transports = new Set<MemoryTransport>()
  /** Hosts that nothing sent from here reaches. */
  readonly cutOff = new Set<MemoryHost>()
  line: HostLine
  state: 'up' | 'paused' | 'killed' | 'vanished' = 'up'
  /** Pipes with something on its way to this host. */
  readonly incoming = new Set<MemoryPipe>()
  readonly #network: Clock
  readonly #ready = new Fifo<MemoryPipe>()
  #uplinkFreeMs = 0
  #downlinkFreeMs = 0
  #waiting: Timer | undefined

  constructor(network: Clock, options: { name: string; fingerprint: Fingerprint; line: HostLine }) {
    this.#network = network
    this.clock = new ProcessClock(network)
    this.name = options.name
    this.fingerprint = options.fingerprint
    this.line = options.line
  }

  reaches(other: MemoryHost): boolean {
    return !this.cutOff.has(other)
  }

  latencyTo(other: MemoryHost): number {
    return (this.line.latencyMs + other.line.latencyMs) / 2
  }

  /**
   * Changes the line. What is under way comes at the new rate when that is higher; a line that becomes slower lets it come as it
   * was sent.
   */
  setLine(line: HostLine): void {
    const nowMs = this.#network.monotonic()
    const downlinkShare = shareLeft(this.line.downlinkBytesPerSecond, line.downlinkBytesPerSecond)
    const uplinkShare = shareLeft(this.line.uplinkBytesPerSecond, line.uplinkBytesPerSecond)
    this.line = line
    this.#downlinkFreeMs = sooner(this.#downlinkFreeMs, nowMs, downlinkShare)
    this.#uplinkFreeMs = sooner(this.#uplinkFreeMs, nowMs, uplinkShare)
    if (downlinkShare < 1) for (const pipe of this.incoming) pipe.hasten(downlinkShare)
    this.#waiting?.cancel()
    this.#waiting = undefined
    this.serve()
  }

  /** Puts a pipe at the end of the turn. */
  enqueue(pipe: MemoryPipe): void {
    this.#ready.push(pipe)
    this.serve()
  }

  /** Hands parcels to the uplink while it is free. */
  serve(): void {
    while (this.state === 'up' && this.#ready.length > 0) {
      const nowMs = this.#network.monotonic()
      if (this.#uplinkFreeMs > nowMs) {
        this.#serveLater(this.#uplinkFreeMs - nowMs)
        return
      }
      const pipe = this.#ready.shift() as MemoryPipe
      this.#uplinkFreeMs = nowMs + pipe.transmit(nowMs)
      pipe.offer()
    }
  }

  /** When `bytes` whose first byte arrives at `firstMs` and whose last arrives at `lastMs` have come through the downlink. */
  receiveBy(bytes: number, { firstMs, lastMs }: { firstMs: number; lastMs: number }): number {
    const busyMs = millisecondsFor(bytes, this.line.downlinkBytesPerSecond)
    this.#downlinkFreeMs = Math.max(this.#downlinkFreeMs, firstMs) + busyMs
    return Math.max(lastMs, this.#downlinkFreeMs)
  }

  #serveLater(delayMs: number): void {
    this.#waiting ??= this.#network.after(delayMs, () => {
      this.#waiting = undefined
      this.serve()
    })
  }
}

export function millisecondsFor(bytes: number, bytesPerSecond: number): number {
  return (bytes / bytesPerSecond) * 1000
}

/** How much of a time that was reckoned at one rate is left at another that is higher; 1 when it is not. */
function shareLeft(beforeBytesPerSecond: number, nowBytesPerSecond: number): number {
  const isHigher = nowBytesPerSecond > beforeBytesPerSecond
  return isHigher ? beforeBytesPerSecond / nowBytesPerSecond : 1
}

/** A moment of the future, with only that share of the time until then. */
export function sooner(atMs: number, nowMs: number, share: number): number {
  return atMs <= nowMs ? atMs : nowMs + (atMs - nowMs) * share
}
