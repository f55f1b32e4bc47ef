/**
 * A TCP proxy that treats its connections as badly as a test wants, and changes its ways while they are open.
 *
 *   client ──► proxy.address ══ latency, rate, slices, corruption, resets, silence ══► target
 */

import { connect, createServer, type Server, type Socket } from 'node:net'
import type { Clock } from '../../../src/system/clock.ts'
import { systemClock } from '../../../src/system/real-clock.ts'
import { type Faults, NO_FAULTS } from './faults.ts'
import { Lane } from './lane.ts'

export interface FaultProxyOptions {
  /** Where connections lead. */
  readonly target: { readonly host: string; readonly port: number }
  /** What is wrong from the start; the rest is as in NO_FAULTS. */
  readonly faults?: Partial<Faults>
  /** Default: real time. */
  readonly clock?: Clock
}

export class FaultProxy {
  readonly #options: FaultProxyOptions
  readonly #connections = new Set<ProxiedConnection>()
  #server: Server | undefined
  #faults: Faults

  constructor(options: FaultProxyOptions) {
    this.#options = options
    this.#faults = { ...NO_FAULTS, ...options.faults }
  }

  /** Listens on any port of 127.0.0.1. */
  async start(): Promise<this> {
    const server = createServer({ allowHalfOpen: true, noDelay: true }, (client) => this.#accept(client))
    this.#server = server
    await new Promise<void>((listening, failed) =>
      server.once('error', failed).listen(0, '127.0.0.1', () => listening()),
    )
    return this
  }

  /** Where clients connect to. */
  get address(): { readonly host: string; readonly port: number } {
    const address = this.#server?.address()
    if (!address || typeof address === 'string') throw new Error('the proxy does not listen')
    return { host: address.address, port: address.port }
  }

  get faults(): Faults {
    return this.#faults
  }

  /** Connections that are open now. */
  get connections(): number {
    return this.#connections.size
  }

  /** Bytes taken from either side and not yet handed on. */
  get heldBytes(): number {
    return [...this.#connections].reduce((sum, connection) => sum + connection.heldBytes, 0)
  }

  /** Changes some faults, for the connections that are open too. What is on its way already keeps its time and its bytes. */
  set(faults: Partial<Faults>): void {
    this.#faults = { ...this.#faults, ...faults }
    for (const connection of this.#connections) connection.refresh()
  }

  /** Resets every open connection, to both sides. */
  resetConnections(): void {
    for (const connection of [...this.#connections]) connection.reset()
  }

  /** Refuses new connections and resets those that are open. Harmless when it is stopped. */
  async stop(): Promise<void> {
    const server = this.#server
    this.#server = undefined
    this.resetConnections()
    if (server) await new Promise<void>((closed) => server.close(() => closed()))
  }

  #accept(client: Socket): void {
    const { target, clock = systemClock } = this.#options
    const connection = new ProxiedConnection({
      client,
      upstream: connect({ ...target, allowHalfOpen: true, noDelay: true }),
      clock,
      faults: () => this.#faults,
      closed: () => this.#connections.delete(connection),
    })
    this.#connections.add(connection)
  }
}

interface ConnectionOptions {
  readonly client: Socket
  readonly upstream: Socket
  readonly clock: Clock
  readonly faults: () => Faults
  readonly closed: () => void
}

/** Two sockets and the lanes between them. */
class ProxiedConnection {
  readonly #sockets: readonly Socket[]
  readonly #lanes: readonly Lane[]
  #passedBytes = 0

  constructor({ client, upstream, clock, faults, closed }: ConnectionOptions) {
    this.#sockets = [client, upstream]
    const admit = (bytes: number) => {
      const admitted = Math.min(bytes, Math.max(0, faults().resetAfterBytes - this.#passedBytes))
      this.#passedBytes += admitted
      return admitted
    }
    const lane = (source: Socket, sink: Socket) =>
      new Lane({ source, sink, clock, faults, admit, cut: () => this.reset() })
    this.#lanes = [lane(client, upstream), lane(upstream, client)]
    for (const socket of this.#sockets) {
      // A reset by one side is handed on as a reset; so is a target that cannot be reached.
      socket.on('error', () => this.reset())
      socket.on('close', () => {
        if (this.#sockets.every(({ destroyed }) => destroyed)) closed()
      })
    }
    this.refresh()
  }

  get heldBytes(): number {
    return this.#lanes.reduce((sum, lane) => sum + lane.heldBytes, 0)
  }

  refresh(): void {
    for (const lane of this.#lanes) lane.refresh()
  }

  reset(): void {
    for (const lane of this.#lanes) lane.stop()
    for (const socket of this.#sockets) if (!socket.destroyed) socket.resetAndDestroy()
  }
}
