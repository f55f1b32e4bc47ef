/**
 * The core module 38 of FIG. 2C at a terminal: interprets what arrives on its links, checks who may say it, and hands it to the transfer
 * it belongs to. It opens no sockets.
 *
 *   data link      ← main server or a terminal with a ticket: TRANSPORT_REQUEST, PACKET, CANCEL
 *   request link   ← a terminal with a ticket: ROUTE_ACK, REQUEST, REQUEST_IF_HELD, ACK
 *   feed link      ← as the data link, but dialled by this terminal, which cannot be dialled itself
 *   direct link    ← an operator with a ticket: as the data link, and NOT_HELD, BUSY
 *   probe link     ← main server: PROBE
 *   on other links that this terminal dialled: NOT_HELD, BUSY, REFUSED, FAILURE
 */

import type { Conversation, Hello, Message } from '../link/conversation.ts'
import { TreecastError } from '../system/errors.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import { peerError } from '../wire/reason.ts'
import type { HeldTicket } from './downstream.ts'
import type { IncomingTransfer } from './incoming-transfer.ts'
import type { ProbeDesk } from './probe-desk.ts'
import type { Provisions } from './provisions.ts'
import { answerNotHeld, type ChildMessage, type Serving } from './serving.ts'
import type { SocketUser } from './socket-control.ts'
import type { TicketDesk } from './ticket-desk.ts'
import type { TransferTable } from './transfer-table.ts'

export interface CoreOptions {
  readonly tickets: TicketDesk
  readonly transfers: TransferTable
  readonly provisions: Pick<Provisions, 'find' | 'isOpening' | 'all'>
  readonly probes: ProbeDesk
  /** The main server's certificate. */
  readonly mainFingerprint: string
  /** Has the main server ask a terminal that cannot be dialled for a feed link. */
  readonly summon: (fingerprint: string) => void
}

export class Core implements SocketUser {
  readonly #options: CoreOptions

  constructor(options: CoreOptions) {
    this.#options = options
  }

  welcome(conversation: Conversation, hello: Hello): void {
    if (hello.purpose === 'data' || hello.purpose === 'direct') this.#welcomeData(conversation)
    else if (hello.purpose === 'requests') this.#welcomeRequests(conversation)
    else if (hello.purpose === 'probe') this.#welcomeProbe(conversation)
    else throw new TreecastError('E_PURPOSE', `a terminal takes no ${hello.purpose} links: this is not the main server`)
  }

  summon(fingerprint: string): void {
    this.#options.summon(fingerprint)
  }

  message(conversation: Conversation, message: Message): void {
    if (message.name === 'notHeld') {
      this.#find(message.body.transfer)?.notHeld(conversation, message.body)
    } else if (message.name === 'failure') {
      for (const { routing } of this.#servingOf(message.body.transfer))
        routing.childSaysFailure(conversation, message.body)
    } else if (message.name === 'busy') {
      this.#find(message.body.transfer)?.upstreams.refused(message.body.stripe)
    } else if (message.name === 'refused') {
      conversation.close(peerError(message.body))
    } else this.#dataMessage(conversation, message)
  }

  packet(conversation: Conversation, header: PacketHeader, sealed: Uint8Array): void {
    this.#find(header.transfer)?.packet(this.#senderHandle(conversation, header.transfer), header, sealed)
  }

  drained(conversation: Conversation): void {
    for (const serving of this.#allServing()) serving.drained(conversation)
  }

  closed(conversation: Conversation, error: Error | undefined): void {
    if (conversation.purpose === 'feed') this.#senderGone(conversation, error)
    const gone = error ?? new TreecastError('E_CLOSED', 'the other terminal closed the link')
    for (const { routing } of this.#allServing()) routing.linkClosed(conversation, gone)
    for (const transfer of this.#options.transfers.all()) {
      transfer.upstreams.gone((upstream) => upstream.requests === conversation, gone)
    }
  }

  #welcomeData(conversation: Conversation): void {
    if (this.#isMain(conversation)) conversation.admit()
    conversation.attach({
      message: (message) => this.message(conversation, message),
      packet: (header, sealed) => this.packet(conversation, header, sealed),
      closed: (error) => this.#senderGone(conversation, error),
    })
  }

  /** @throws E_NOT_AUTHORISED, E_PROBE_BUSY */
  #welcomeProbe(conversation: Conversation): void {
    if (this.#isMain(conversation)) this.#options.probes.take(conversation)
    else throw new TreecastError('E_NOT_AUTHORISED', 'only the main server may probe a terminal')
  }

  #dataMessage(conversation: Conversation, message: Message): void {
    switch (message.name) {
      case 'ticket':
        this.#options.tickets.show(conversation, message.body.ticket)
        conversation.admit()
        return
      case 'transportRequest':
        this.#transportRequest(conversation, message.body)
        return
      case 'cancel': {
        const { transfer } = message.body
        const sender = this.#senderHandle(conversation, transfer)
        this.#find(transfer)?.upstreams.gone((upstream) => upstream.handle === sender, peerError(message.body))
        return
      }
    }
  }

  #transportRequest(conversation: Conversation, body: MessageBody<'transportRequest'>): void {
    const fromMain = this.#isMain(conversation)
    void this.#options.transfers.request(body, {
      fromMain,
      direct: conversation.purpose === 'direct' ? conversation : undefined,
      sender: (transfer) => (fromMain ? undefined : this.#options.tickets.need(conversation, transfer)),
      refuse: (error) => conversation.close(error),
      failed: (failure) => conversation.send('failure', failure),
    })
  }

  #isMain({ peerFingerprint }: Conversation): boolean {
    return peerFingerprint === this.#options.mainFingerprint
  }

  /** The handle under which the peer serves the transfer. @throws E_TICKET */
  #senderHandle(conversation: Conversation, transfer: number): number {
    return this.#isMain(conversation)
      ? FIRST_SERVER_HANDLE
      : this.#options.tickets.need(conversation, transfer).ticket.handle
  }

  #senderGone(conversation: Conversation, error: Error | undefined): void {
    const fromMain = this.#isMain(conversation)
    const gone = error ?? new TreecastError('E_CLOSED', 'the upstream closed the data link')
    for (const transfer of this.#options.transfers.all()) {
      const sender = fromMain
        ? FIRST_SERVER_HANDLE
        : this.#options.tickets.shown(conversation, transfer.manifest.transfer)?.ticket.handle
      if (sender !== undefined) transfer.upstreams.gone((upstream) => upstream.handle === sender, gone)
    }
  }

  #welcomeRequests(conversation: Conversation): void {
    conversation.attach({
      message: (message) => {
        if (message.name === 'ticket') {
          this.#options.tickets.show(conversation, message.body.ticket)
          conversation.admit()
        } else this.#childSays(conversation, message as ChildMessage)
      },
      closed: (error) => {
        for (const { routing } of this.#allServing()) routing.linkClosed(conversation, error)
      },
    })
  }

  #childSays(conversation: Conversation, message: ChildMessage): void {
    const held = this.#options.tickets.need(conversation, message.body.transfer)
    const { transfer, stripe } = message.body
    const serving = this.#servingOf(transfer)
    const expecting = serving.find(({ routing }) => routing.branches.isExpecting(held.ticket.handle, stripe))
    if (expecting === undefined && message.name === 'routeAck') this.#adopt(conversation, held, message.body)
    else if (serving[0] === undefined) answerNotHeld(conversation, message)
    else (expecting ?? serving[0]).childSays(held.ticket.handle, conversation, message)
  }

  /** A terminal that is no child yet and says that it is: the main server has sent it here. */
  #adopt(conversation: Conversation, held: HeldTicket, { transfer, stripe }: MessageBody<'routeAck'>): void {
    const provision = this.#options.provisions.find(transfer)
    const incoming = this.#find(transfer)
    // It asks again soon.
    if (provision === undefined && this.#options.provisions.isOpening(transfer)) return
    const stripes = (provision ?? incoming)?.manifest.stripes
    if (stripes !== undefined && stripe >= stripes) {
      const text = `a route ack is for stripe ${stripe} of a transfer that has ${stripes}`
      throw new TreecastError('E_STRIPE', text)
    }
    if (provision?.adopt(held, stripe)) return
    if (incoming !== undefined && incoming.serving.routing.branches.served < LIMITS.adoptedChildren) {
      incoming.serving.routing.adopt(held, stripe, incoming.upstreams.depthIn(stripe) + 1)
    } else conversation.send('busy', { transfer, stripe, againMs: LIMITS.orphanReportMs })
  }

  /** What serves children of a transfer here: what is provided, and what came in. */
  #servingOf(transfer: number): Serving[] {
    const [provided, incoming] = [this.#options.provisions.find(transfer), this.#find(transfer)]
    return [...(provided ? [provided.serving] : []), ...(incoming ? [incoming.serving] : [])]
  }

  #allServing(): Serving[] {
    return [...this.#options.provisions.all(), ...this.#options.transfers.all()].map(({ serving }) => serving)
  }

  #find(transfer: number): IncomingTransfer | undefined {
    return this.#options.transfers.find(transfer)
  }
}
