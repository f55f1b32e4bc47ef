/** One edge of a tree, seen from above: a child, its place in the plan, and what was measured of it. */

import type { Conversation } from '../link/conversation.ts'
import { parseAddress } from '../system/address.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { decodeTicket, type Ticket } from '../wire/signed-documents.ts'
import type { Peer } from './socket-control.ts'
import type { Child } from './transmission.ts'
import type { WantedPackets } from './wanted-packets.ts'

/** A ticket, read, with the bytes that the main server signed. */
export interface HeldTicket {
  readonly signed: SignedBytes
  readonly ticket: Ticket
}

/** @throws E_MESSAGE */
export function readTicket(signed: SignedBytes): HeldTicket {
  return { signed, ticket: decodeTicket(signed.payload) }
}

/** How a ticket's terminal is reached. @throws E_ADDRESS */
export function peerOf(ticket: Ticket): Peer {
  return {
    fingerprint: ticket.fingerprint,
    address: ticket.address === null ? undefined : parseAddress(ticket.address),
  }
}

export interface Downstream extends Child {
  readonly held: HeldTicket
  readonly wanted: WantedPackets
  readonly data: Conversation
  readonly requestedAtMs: number
  /** From the transport request to the route ack; null before the ack. */
  responseMs: number | null
  sentBytes: number
  /** Where the child's requests come from and NOT_HELD goes to; undefined before the first. */
  requests: Conversation | undefined
  done: boolean
}
