/**
 * Which terminals are here now: their control connections, heartbeats, and what each says of itself. The main server measures a
 * terminal's response time as the time from a heartbeat to its answer.
 */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation } from '../link/conversation.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Labels } from '../wire/labels.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'

export interface PresentTerminal {
  readonly node: NodeId
  readonly name: string
  readonly control: Conversation
  /** Where its server socket can be dialled; null when it cannot. */
  readonly address: string | null
  readonly leaf: boolean
  /** What it says of itself. */
  readonly labels: Labels
  freeBytes: number | null
}

export interface PresenceEvents {
  arrived(terminal: PresentTerminal): void
  left(terminal: PresentTerminal): void
  responded(node: NodeId, responseMs: number): void
}

interface Heartbeat {
  readonly terminal: PresentTerminal
  sequence: number
  /** When the heartbeat went out; undefined when it was answered. */
  sentAtMs: number | undefined
  /** Who waits for the answer. */
  waiting: ((responseMs: number) => void)[]
}

export class Presence {
  readonly #clock: Clock
  readonly #events: PresenceEvents
  readonly #present = new Map<NodeId, Heartbeat>()
  readonly #timer: Timer

  constructor(clock: Clock, events: PresenceEvents) {
    this.#clock = clock
    this.#events = events
    this.#timer = every(clock, LIMITS.heartbeatMs, () => this.#beat())
  }

  stop(): void {
    this.#timer.cancel()
  }

  find(node: NodeId): PresentTerminal | undefined {
    return this.#present.get(node)?.terminal
  }

  all(): PresentTerminal[] {
    return [...this.#present.values()].map(({ terminal }) => terminal)
  }

  get size(): number {
    return this.#present.size
  }

  /** The terminal's control connection is open. An older one of the same terminal is closed: it has come back. */
  arrive(terminal: PresentTerminal): void {
    const before = this.#present.get(terminal.node)
    const heartbeat: Heartbeat = { terminal, sequence: 0, sentAtMs: undefined, waiting: [] }
    this.#present.set(terminal.node, heartbeat)
    before?.terminal.control.close(new TreecastError('E_REPLACED', 'the terminal opened another control connection'))
    this.#ask(heartbeat)
    this.#events.arrived(terminal)
  }

  /** Its control connection is closed. */
  leave(terminal: PresentTerminal): void {
    if (this.#present.get(terminal.node)?.terminal !== terminal) return
    this.#present.delete(terminal.node)
    this.#events.left(terminal)
  }

  /** The terminal answered a heartbeat. */
  answered(terminal: PresentTerminal, body: MessageBody<'heartbeat'>): void {
    const heartbeat = this.#present.get(terminal.node)
    if (heartbeat?.terminal !== terminal || body.sequence !== heartbeat.sequence || heartbeat.sentAtMs === undefined)
      return
    const responseMs = this.#clock.monotonic() - heartbeat.sentAtMs
    this.#events.responded(terminal.node, responseMs)
    for (const heard of heartbeat.waiting.splice(0)) heard(responseMs)
    heartbeat.sentAtMs = undefined
    heartbeat.sequence++
    terminal.freeBytes = body.freeBytes ?? null
  }

  /** The response time of a terminal that is here, measured now; never, if it does not answer. */
  measure(node: NodeId): Promise<number> {
    const { promise, resolve } = Promise.withResolvers<number>()
    const heartbeat = this.#present.get(node)
    heartbeat?.waiting.push(resolve)
    if (heartbeat !== undefined && heartbeat.sentAtMs === undefined) this.#ask(heartbeat)
    return promise
  }

  #beat(): void {
    // One that has not answered the last heartbeat is not asked again: its link finds out whether it is still there.
    for (const heartbeat of this.#present.values()) if (heartbeat.sentAtMs === undefined) this.#ask(heartbeat)
  }

  #ask(heartbeat: Heartbeat): void {
    heartbeat.sentAtMs = this.#clock.monotonic()
    heartbeat.terminal.control.send('heartbeat', { sequence: heartbeat.sequence })
  }
}
