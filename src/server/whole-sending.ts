/**
 * Sends a small content whole to terminals directly below the main server, each on its control connection: no link has to be opened, and
 * nothing is asked for.
 *
 *   to be served ──content stored──► waits for its turn ──DELIVER──► ROUTE_ACK, RECEIPT
 *                                                           └── its connection ends ──► again when it is back, MOST_TRIES times at most
 *
 * What turns out too large goes down a tree. A terminal that answers nothing is found out by delivery-watch.ts, as everywhere.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { NodeId } from '../identity/node-id.ts'
import type { Clock } from '../system/clock.ts'
import { messageOf } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import type { WholeContent } from '../terminal/whole-content.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { FRAME_HEADER_BYTES } from '../wire/frame.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { MAX_WHOLE_PACKETS, MAX_WHOLE_TABLES } from '../wire/transfer-messages.ts'

export interface WholeSendingOptions {
  readonly clock: Clock
  readonly log: Log
  readonly content: Pick<StoredContent, 'last' | 'knownPackets'>
  readonly signedManifest: SignedBytes
  /** All of them are kept. */
  readonly limits: readonly SendLimit[]
  /** All tables and sealed packets; undefined when a packet cannot be sealed as before. */
  readonly compose: () => Promise<WholeContent | undefined>
  /** Whether a terminal still needs it under this very ticket. */
  readonly isDue: (target: HeldTicket) => boolean
  readonly deliver: (node: NodeId, content: MessageBody<'deliver'>) => void
  /** Serves these in the ordinary way. */
  readonly otherwise: (targets: readonly HeldTicket[]) => void
}

/** After so many, its terminal is served over links of its own. */
const MOST_TRIES = 4
/** What a DELIVER has beside manifest, tables and packets: the ticket, and the names and lengths of all members. */
const ENVELOPE_BYTES = 4096

export class WholeSending {
  readonly #options: WholeSendingOptions
  /** Terminals that wait for the content, or for their turn. */
  readonly #waiting = new Set<HeldTicket>()
  /** By handle: how often it was sent, and when it was last. */
  readonly #sent = new Map<number, { tries: number; atMs: number }>()

  constructor(options: WholeSendingOptions) {
    this.#options = options
  }

  /** Sends it to these terminals, once all of it is stored. */
  send(targets: readonly HeldTicket[]): void {
    for (const target of targets) this.#waiting.add(target)
    if (this.#options.content.last !== undefined) this.#sendTo(targets)
  }

  /** All of the content is stored: whoever waits for it gets it. */
  contentStored(): void {
    this.#sendTo([...this.#waiting])
  }

  stop(): void {
    this.#waiting.clear()
  }

  /** The delivery begins anew. */
  forget(handle: number): void {
    this.#sent.delete(handle)
  }

  /** Whether a terminal that was sent it and came back is to be sent it again. */
  mayRepeat(handle: number): boolean {
    const tries = this.#sent.get(handle)?.tries ?? 0
    return tries > 0 && tries < MOST_TRIES
  }

  /** Whether it was sent to this terminal often enough. */
  isSpent(handle: number): boolean {
    return (this.#sent.get(handle)?.tries ?? 0) >= MOST_TRIES
  }

  /** Whether the terminal was sent it at all. */
  has(handle: number): boolean {
    return this.#sent.has(handle)
  }

  /** Whether the terminal's turn has not come yet. */
  isWaiting(target: HeldTicket | undefined): boolean {
    return target !== undefined && this.#waiting.has(target)
  }

  /** How long ago a terminal was sent it, in milliseconds; undefined when it was not. */
  sinceSentMs(handle: number): number | undefined {
    const sent = this.#sent.get(handle)
    return sent && this.#options.clock.monotonic() - sent.atMs
  }

  #sendTo(targets: readonly HeldTicket[]): void {
    if (targets.length === 0) return
    const { compose, log, otherwise } = this.#options
    compose().then(
      (whole) => {
        if (whole !== undefined && this.#fits(whole)) for (const target of targets) void this.#sendInTurn(target, whole)
        else this.#leave(targets, otherwise)
      },
      (error: unknown) => {
        log.warn('a small content cannot be sent whole', { error: messageOf(error) })
        this.#leave(targets, otherwise)
      },
    )
  }

  async #sendInTurn(target: HeldTicket, whole: WholeContent): Promise<void> {
    const { limits, isDue, deliver, signedManifest, clock } = this.#options
    for (const limit of limits) await limit.turn(this, target, FRAME_HEADER_BYTES + this.#bytesOf(whole))
    if (!this.#waiting.delete(target) || !isDue(target)) return
    const { handle, node } = target.ticket
    this.#sent.set(handle, { tries: (this.#sent.get(handle)?.tries ?? 0) + 1, atMs: clock.monotonic() })
    deliver(node as NodeId, { manifest: signedManifest, ticket: target.signed, ...whole })
  }

  #leave(targets: readonly HeldTicket[], otherwise: WholeSendingOptions['otherwise']): void {
    otherwise(targets.filter((target) => this.#waiting.delete(target) && this.#options.isDue(target)))
  }

  #fits(whole: WholeContent): boolean {
    const { tables, packets } = whole
    if (tables.length > MAX_WHOLE_TABLES || packets.length > MAX_WHOLE_PACKETS) return false
    return this.#bytesOf(whole) <= LIMITS.deliverBytes
  }

  #bytesOf({ tables, packets }: WholeContent): number {
    const parts = [this.#options.signedManifest.payload, ...tables, ...packets]
    return parts.reduce((bytes, part) => bytes + part.length, ENVELOPE_BYTES)
  }
}
