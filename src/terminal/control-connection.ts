/**
 * A terminal's control connection to the main server: kept open for as long as the terminal runs, dialled again when it breaks. It
 * answers heartbeats, carries reports, and sends every receipt until the main server says that it has it.
 */

import { type Conversation, type Message, openConversation } from '../link/conversation.ts'
import type { Network } from '../link/link.ts'
import type { Address } from '../system/address.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { codeOf, messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { Random } from '../system/random.ts'
import { type Labels, labelTexts } from '../wire/labels.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { peerError } from '../wire/reason.ts'
import { dialMain } from './join.ts'
import type { ProvisionReports } from './provision.ts'
import type { KeptReceipt } from './receipt-outbox.ts'
import type { Reports } from './reports.ts'
import type { StateFile } from './state-file.ts'

export interface ControlOptions {
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  readonly log: Log
  readonly state: StateFile
  readonly main: { readonly address: Address; readonly fingerprint: string }
  readonly software: string
  readonly leaf: boolean
  /** What this terminal says of itself. */
  readonly labels: Labels
  /** Where this terminal's server socket is; undefined when it cannot be dialled. */
  readonly listening: string | undefined
  readonly user: ControlUser
}

export interface ControlUser {
  /** The main server knows that this terminal is here. */
  connected(): void
  /** The connection is gone; it is dialled again. */
  disconnected(): void
  /** Why a content that the main server asks about cannot be taken; null when it can. */
  preflight(offered: MessageBody<'preflight'>): Promise<MessageBody<'preflightAnswer'>['refusal']>
  /** What the terminal says of itself in a heartbeat. */
  condition(): Promise<Pick<MessageBody<'heartbeat'>, 'transfers' | 'freeBytes'>>
  /** The main server has recorded a receipt. */
  receiptKept?(): void
  /** The main server will not have this terminal: trying again is of no use. */
  rejected(error: Error): void
  /** Whatever else the main server says. @throws E_MANIFEST, E_TICKET when it did not sign what it says of a content */
  told(message: Message): void
}

/** Refusals that no later try can change. */
const FINAL_REFUSALS = new Set(['E_NOT_AUTHORISED', 'E_NODE_REVOKED', 'E_WRONG_PEER', 'E_VERSION'])

export class ControlConnection implements Reports, ProvisionReports {
  readonly #options: ControlOptions
  #conversation: Conversation | undefined
  #retry: Timer | undefined
  #retryMs: number = LIMITS.reconnectFirstMs
  #stopped = false

  constructor(options: ControlOptions) {
    this.#options = options
  }

  /** Whether the main server is there. */
  get connected(): boolean {
    return this.#conversation?.open === true
  }

  start(): void {
    void this.#connect()
  }

  stop(): void {
    this.#stopped = true
    this.#retry?.cancel()
    this.#conversation?.close()
  }

  routed(ack: MessageBody<'routeAck'>): void {
    this.#conversation?.send('routeAck', ack)
  }

  progress(progress: MessageBody<'progress'>): void {
    this.#conversation?.send('progress', progress)
  }

  failure(failure: MessageBody<'failure'>): void {
    this.#conversation?.send('failure', failure)
  }

  /** Has the main server ask a terminal that cannot be dialled for a feed link to this one. */
  summon(fingerprint: string): void {
    this.#conversation?.send('summon', { fingerprint })
  }

  receipt({ receipt, state, error, hook = false }: KeptReceipt): void {
    this.#conversation?.send('receipt', { receipt, state, error, hook })
  }

  contentDescribed(answer: MessageBody<'contentDescribed'>): void {
    this.#conversation?.send('contentDescribed', answer)
  }

  tableOffer(offer: MessageBody<'tableOffer'>): void {
    this.#conversation?.send('tableOffer', offer)
  }

  cannotProvide(reason: MessageBody<'cannotProvide'>): void {
    this.#conversation?.send('cannotProvide', reason)
  }

  /** Asks for the main server's time. */
  askClock(question: MessageBody<'clock'>): void {
    this.#conversation?.send('clock', question)
  }

  /** Asks whether a transfer was called off. */
  askConfirmation(transfer: number): void {
    this.#conversation?.send('confirm', { transfer })
  }

  async #connect(): Promise<void> {
    const { network, clock, main, software, leaf, labels, listening, log } = this.#options
    try {
      const link = await dialMain(network, main)
      if (this.#stopped) return link.close()
      const said = { software, leaf, labels: labelTexts(labels), ...(listening && { listening }) }
      const hello = { role: 'terminal', purpose: 'control', ...said } as const
      const conversation = openConversation(link, hello, clock)
      this.#conversation = conversation
      conversation.attach({
        message: (message) => this.#message(conversation, message),
        closed: (error) => this.#closed(error),
      })
    } catch (error) {
      log.warn('the main server cannot be reached', { error: messageOf(error) })
      this.#again(error)
    }
  }

  #message(conversation: Conversation, message: Message): void {
    const { user, state } = this.#options
    switch (message.name) {
      case 'heartbeat':
        if (this.#retryMs !== LIMITS.reconnectFirstMs || message.body.sequence === 0) this.#welcomed()
        void this.#answer(conversation, message.body.sequence)
        return
      case 'preflight':
        void this.#answerPreflight(conversation, message.body)
        return
      case 'receiptKept':
        state.outbox.settle(message.body.transfer, message.body.state)
        user.receiptKept?.()
        return
      case 'refused':
        conversation.close(peerError(message.body))
        return
      default:
        user.told(message)
    }
  }

  #welcomed(): void {
    this.#retryMs = LIMITS.reconnectFirstMs
    this.#options.user.connected()
    void this.#sendOutbox()
  }

  async #answer(conversation: Conversation, sequence: number): Promise<void> {
    // The answer says first of all that this terminal is there; what it cannot tell is left out.
    const condition = await this.#options.user.condition().catch(() => ({}))
    conversation.send('heartbeat', { sequence, ...condition })
  }

  async #answerPreflight(conversation: Conversation, offered: MessageBody<'preflight'>): Promise<void> {
    // A check that fails refuses nothing: the transport request meets the same fault and says which.
    const refusal = await this.#options.user.preflight(offered).catch(() => null)
    conversation.send('preflightAnswer', { question: offered.question, refusal })
  }

  async #sendOutbox(): Promise<void> {
    for (const kept of this.#options.state.outbox.list()) this.receipt(kept)
  }

  #closed(error: Error | undefined): void {
    this.#conversation = undefined
    if (this.#stopped) return
    this.#options.user.disconnected()
    this.#options.log.warn('the main server is gone', {
      error: error === undefined ? 'it closed the link' : messageOf(error),
    })
    this.#again(error)
  }

  #again(error: unknown): void {
    if (this.#stopped) return
    if (error instanceof Error && FINAL_REFUSALS.has(codeOf(error))) {
      this.#options.user.rejected(error)
      return
    }
    // Spread out: after an outage of the main server, not all terminals come back in the same moment.
    const delayMs = this.#retryMs * (0.5 + this.#options.random.fraction())
    this.#retryMs = Math.min(LIMITS.reconnectLastMs, this.#retryMs * 2)
    this.#retry = this.#options.clock.after(delayMs, () => void this.#connect())
  }
}
