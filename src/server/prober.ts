/**
 * Measuring terminals because an operator asks: the response time over the control link, and the throughput by a few bytes over a link of
 * its own (treecast-protocol(7), probe). What is measured counts like what heartbeats and deliveries show.
 *
 * Guarantees: at most LIMITS.probesAtOnce terminals are probed at once, whoever asks; no terminal can draw
 * its probe out; who had which terminal probed is in the audit log.
 */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation } from '../link/conversation.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Terminal } from '../registry/terminals.ts'
import { parseAddress } from '../system/address.ts'
import { withDeadline } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { SocketControl } from '../terminal/socket-control.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { ProbeReport } from '../wire/operator-messages.ts'
import { reason, reasonOf } from '../wire/reason.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import { type ProbeMeans, ProbeTransfer } from './probe-transfer.ts'
import type { Recorder } from './recorder.ts'
import type { TerminalRoster } from './terminal-roster.ts'

export interface ProberOptions extends ProbeMeans {
  readonly database: Pick<NetworkDatabase, 'audit'>
  readonly sockets: Pick<SocketControl, 'dial'>
  readonly presence: Pick<Presence, 'find' | 'measure'>
  readonly roster: Pick<TerminalRoster, 'selected'>
  readonly recorder: Pick<Recorder, 'sample'>
}

type Measured = { -readonly [K in 'responseMs' | 'bytesPerSecond']: ProbeReport[K] }

export class Prober {
  readonly #options: ProberOptions
  readonly #transfers = new Map<Conversation, ProbeTransfer>()
  readonly #waiting: (() => void)[] = []
  #running = 0

  constructor(options: ProberOptions) {
    this.#options = options
  }

  /** Probes the terminals of these names. @returns what was measured of each, or why it was not. @throws E_SELECTOR_… */
  async probe(names: readonly string[], operator: NodeId): Promise<ProbeReport[]> {
    const { roster, database } = this.#options
    const terminals = await roster.selected(names.join(','))
    for (const { name } of terminals) {
      await database.audit.record({ actor: operator, action: 'probed', facts: { terminal: name } })
    }
    return Promise.all(terminals.map((terminal) => this.#inTurn(() => this.#report(terminal))))
  }

  answered(conversation: Conversation, probed: MessageBody<'probed'>): void {
    this.#transfers.get(conversation)?.answered(probed)
  }

  drained(conversation: Conversation): void {
    this.#transfers.get(conversation)?.pump()
  }

  closed(conversation: Conversation, error: Error | undefined): void {
    this.#transfers.get(conversation)?.closed(error)
  }

  async #inTurn<T>(work: () => Promise<T>): Promise<T> {
    while (this.#running >= LIMITS.probesAtOnce) await new Promise<void>((go) => this.#waiting.push(go))
    this.#running++
    try {
      return await work()
    } finally {
      this.#running--
      this.#waiting.shift()?.()
    }
  }

  async #report(terminal: Terminal): Promise<ProbeReport> {
    const { name, nodeId } = terminal
    const measured: Measured = { responseMs: null, bytesPerSecond: null }
    const present = this.#options.presence.find(nodeId)
    if (present === undefined) return { name, ...measured, error: reason('E_OFFLINE', `terminal ${name} is offline`) }
    try {
      await this.#measure(terminal, present, measured)
      return { name, ...measured, error: null }
    } catch (error) {
      return { name, ...measured, error: reasonOf(error) }
    }
  }

  /** First the response time, on a line that is still quiet. @throws E_UNREACHABLE, E_PROBE and what ends links */
  async #measure(
    { nodeId, name, fingerprint }: Terminal,
    { address }: PresentTerminal,
    measured: Measured,
  ): Promise<void> {
    const { clock, presence, sockets, recorder } = this.#options
    const inTime = <T>(what: string, work: Promise<T>) => withDeadline({ clock, ms: LIMITS.probeAnswerMs, what }, work)
    measured.responseMs = await inTime(`a heartbeat of ${name}`, presence.measure(nodeId))
    const peer = { fingerprint, address: address === null ? undefined : parseAddress(address) }
    const conversation = await sockets.dial(peer, 'probe')
    const transfer = new ProbeTransfer(conversation, this.#options)
    this.#transfers.set(conversation, transfer)
    try {
      const { bytesPerSecond, atLeast } = await inTime(`probing ${name}`, transfer.result)
      measured.bytesPerSecond = bytesPerSecond
      recorder.sample({ nodeId, kind: 'throughput', value: bytesPerSecond, atLeast })
    } finally {
      this.#transfers.delete(conversation)
      // At once: what is still queued is worth nothing now.
      if (conversation.open) conversation.close(new TreecastError('E_CLOSED', 'the probe is over'))
    }
  }
}
