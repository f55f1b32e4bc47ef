/**
 * Who may speak of which transfer on a link: whoever showed a ticket for it that the main server signed for the link's own certificate.
 * The same at the main server and at every terminal.
 */

import type { Conversation } from '../link/conversation.ts'
import { TreecastError } from '../system/errors.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { type HeldTicket, readTicket } from './downstream.ts'

/** Most transfers that one link may speak of. */
const MAX_TICKETS = 64

export class TicketDesk {
  /** Whether the main server signed exactly these bytes as a ticket. */
  readonly #isSigned: (signed: SignedBytes) => boolean
  readonly #shown = new WeakMap<Conversation, Map<number, HeldTicket>>()

  constructor(isSigned: (signed: SignedBytes) => boolean) {
    this.#isSigned = isSigned
  }

  /**
   * The peer shows a ticket.
   * @throws E_TICKET when the main server did not sign it, or not for this peer
   */
  show(conversation: Conversation, signed: SignedBytes): HeldTicket {
    const held = this.check(signed)
    if (held.ticket.fingerprint !== conversation.peerFingerprint) throw refused('is for another terminal')
    const shown = this.#shown.get(conversation) ?? new Map<number, HeldTicket>()
    // The oldest goes: a link may live longer than its transfers.
    const [oldest] = shown.keys()
    const isNew = !shown.has(held.ticket.transfer)
    if (isNew && shown.size >= MAX_TICKETS && oldest !== undefined) shown.delete(oldest)
    shown.set(held.ticket.transfer, held)
    this.#shown.set(conversation, shown)
    return held
  }

  /** @throws E_TICKET when the main server did not sign it */
  check(signed: SignedBytes): HeldTicket {
    if (!this.#isSigned(signed)) throw refused('is not signed by the main server')
    return readTicket(signed)
  }

  /** The ticket the peer has shown for this transfer, if any. */
  shown(conversation: Conversation, transfer: number): HeldTicket | undefined {
    return this.#shown.get(conversation)?.get(transfer)
  }

  /** @throws E_TICKET when the peer has shown none for this transfer */
  need(conversation: Conversation, transfer: number): HeldTicket {
    const held = this.shown(conversation, transfer)
    if (held === undefined) throw refused(`was not shown for transfer ${transfer}`)
    return held
  }
}

function refused(why: string): TreecastError {
  return new TreecastError('E_TICKET', `a ticket ${why}`)
}
