/**
 * The main server's side of modelled transfers: the first server of each tree, which hears what its terminals report. It serves terminals
 * that lost their upstream, or that come back, itself. No registry, no operators: those are the server's own.
 */

import { openSigned, SIGNING_CONTEXT } from '../../../src/identity/signed.ts'
import type { Conversation, Hello, Message } from '../../../src/link/conversation.ts'
import type { Network } from '../../../src/link/link.ts'
import type { Clock } from '../../../src/system/clock.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import { silentLog } from '../../../src/system/log.ts'
import { createMemoryFiles } from '../../../src/system/memory-files.ts'
import type { Random } from '../../../src/system/random.ts'
import type { HeldTicket } from '../../../src/terminal/downstream.ts'
import { sendLimits } from '../../../src/terminal/send-limit.ts'
import type { ChildMessage } from '../../../src/terminal/serving.ts'
import { Serving } from '../../../src/terminal/serving.ts'
import { SocketControl } from '../../../src/terminal/socket-control.ts'
import { TicketDesk } from '../../../src/terminal/ticket-desk.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'
import { decodeReceipt, type Receipt } from '../../../src/wire/signed-documents.ts'
import type { Member } from './member.ts'
import {
  issueTicket,
  type LibraryContent,
  openLibrary,
  type SignedTransfer,
  signTransfer,
  type TicketWish,
  type TransferWish,
} from './signed-transfer.ts'

export interface ClusterTarget extends Omit<TicketWish, 'handle'> {
  readonly member: Member
}

/** What a terminal said of itself or of others in one transfer. */
export interface Heard {
  readonly from: Member
  readonly failure: MessageBody<'failure'>
}

export interface KnownReceipt extends Receipt {
  readonly state: 'received' | 'active'
}

/** One transfer at the first server, with everything it heard of it. Handles count from 1 in the order of the targets. */
export interface ClusterTransfer extends LibraryContent, SignedTransfer {
  readonly serving: Serving
  readonly tickets: readonly HeldTicket[]
  /** The last route of each handle. */
  readonly routes: Map<number, MessageBody<'routeAck'>>
  /** By member name. */
  readonly receipts: Map<string, KnownReceipt>
  readonly failures: Heard[]
  readonly exhausted: number[]
  /** Sends the transport requests. */
  start(): void
  /** Takes all of the content. */
  feed(bytes: Uint8Array): Promise<void>
}

export interface ClusterMainOptions {
  readonly member: Member
  readonly network: Network
  readonly clock: Clock
  readonly random: Random
  /** Who is enrolled. */
  readonly find: (fingerprint: string) => Member | undefined
  /** Whether orphans are adopted; default true. */
  readonly rescues?: boolean
}

export class ClusterMain {
  readonly #options: ClusterMainOptions
  readonly #tickets: TicketDesk
  readonly #transfers = new Map<number, ClusterTransfer>()
  readonly #controls = new Map<string, Conversation>()
  readonly sockets: SocketControl

  constructor(options: ClusterMainOptions) {
    const { member, network, clock } = options
    this.#options = options
    this.#tickets = new TicketDesk(
      (signed) => openSigned(member.keys.ed25519Public, SIGNING_CONTEXT.ticket, signed) !== undefined,
    )
    this.sockets = new SocketControl(
      { network, clock, log: silentLog, role: 'main', software: 'cluster', leaf: false },
      {
        welcome: (conversation, hello) => this.#welcome(conversation, hello),
        message: (conversation, message) => this.#answered(conversation, message),
        summon: () => undefined,
        packet: () => undefined,
        drained: (conversation) => {
          for (const { serving } of this.#transfers.values()) serving.drained(conversation)
        },
        closed: (conversation, error) => {
          for (const { serving } of this.#transfers.values()) serving.routing.linkClosed(conversation, error)
        },
      },
    )
  }

  async start(): Promise<void> {
    await this.sockets.start(this.#options.member.address)
  }

  /** The control connection of a terminal, while it is open. */
  control(member: Member): Conversation | undefined {
    return this.#controls.get(member.fingerprint)
  }

  async begin(wish: TransferWish, targets: readonly ClusterTarget[]): Promise<ClusterTransfer> {
    const { member: main, clock, random } = this.#options
    const signed = signTransfer(main, wish, random)
    const tickets = targets.map(({ member, ...ticket }, k) =>
      issueTicket(main, member, signed, { ...ticket, handle: k + 1, random }),
    )
    const file = await createMemoryFiles().open('/content', 'create')
    const library = openLibrary({
      main,
      signed,
      file,
      segmentReady: (segment, packets) => {
        serving.tableArrived(segment)
        for (const { index, sealed } of packets) serving.packetSealed(index, sealed)
      },
    })
    const exhausted: number[] = []
    const serving = new Serving({
      clock,
      sockets: this.sockets,
      transfer: wish.transfer,
      manifest: signed.signedManifest,
      ownTicket: null,
      fanOut: signed.manifest.fanOut,
      content: library.content,
      sealing: signed.sealing,
      limits: sendLimits({ clock }, signed.manifest),
      events: {
        acknowledged: () => undefined,
        failed: ({ target, exhausted: last }) => {
          if (last) exhausted.push(target.ticket.handle)
        },
        closed: () => undefined,
      },
    })
    const transfer: ClusterTransfer = {
      ...library,
      ...signed,
      serving,
      tickets,
      routes: new Map(),
      receipts: new Map(),
      failures: [],
      exhausted,
      start: () => serving.routing.relay({ stripe: 0, depth: 1, below: tickets, upstreams: null }),
      async feed(bytes) {
        await library.intake.add(bytes)
        const closing = await library.intake.end()
        closing.release()
      },
    }
    this.#transfers.set(wish.transfer, transfer)
    return transfer
  }

  #welcome(conversation: Conversation, { purpose }: Hello): void {
    if (purpose === 'control') this.#welcomeControl(conversation)
    else if (purpose === 'requests') this.#welcomeRequests(conversation)
    else throw new TreecastError('E_PURPOSE', `the main server of a cluster takes no ${purpose} links`)
  }

  #welcomeControl(conversation: Conversation): void {
    const member = this.#options.find(conversation.peerFingerprint)
    if (member === undefined) throw new TreecastError('E_NOT_AUTHORISED', 'this terminal is not enrolled')
    this.#controls.set(member.fingerprint, conversation)
    conversation.admit()
    conversation.attach({
      message: (message) => this.#report(member, conversation, message),
      closed: () => {
        if (this.control(member) === conversation) this.#controls.delete(member.fingerprint)
      },
    })
    conversation.send('heartbeat', { sequence: 0 })
    this.#redeliver(member)
  }

  /** Serves a terminal that is back what nobody could give it. */
  #redeliver(member: Member): void {
    if (this.#options.rescues === false) return
    for (const transfer of this.#transfers.values()) {
      const held = transfer.tickets.find(({ ticket }) => ticket.node === member.nodeId)
      const at = held === undefined ? -1 : transfer.exhausted.indexOf(held.ticket.handle)
      if (at < 0) continue
      transfer.exhausted.splice(at, 1)
      this.#rescue(transfer, member.nodeId, 0)
    }
  }

  #report(from: Member, control: Conversation, message: Message): void {
    switch (message.name) {
      case 'routeAck': {
        const transfer = this.#transfers.get(message.body.transfer)
        const handle = transfer?.tickets.find(({ ticket }) => ticket.node === from.nodeId)?.ticket.handle
        if (handle !== undefined) transfer?.routes.set(handle, message.body)
        return
      }
      case 'receipt':
        this.#receipt(from, control, message.body)
        return
      case 'failure':
        this.#failure(from, message.body)
        return
    }
  }

  #receipt(from: Member, control: Conversation, { receipt, state, error }: MessageBody<'receipt'>): void {
    const payload = openSigned(from.keys.ed25519Public, SIGNING_CONTEXT.receipt, receipt)
    const decoded = payload && decodeReceipt(payload)
    const transfer = decoded && this.#transfers.get(decoded.transfer)
    if (decoded === undefined) throw new TreecastError('E_RECEIPT', 'a receipt is not right')
    if (state === 'received' || state === 'active') transfer?.receipts.set(from.name, { ...decoded, state })
    else if (error !== null) {
      const about = { stripe: 0, about: 'self', handle: 0, final: false } as const
      transfer?.failures.push({ from, failure: { transfer: decoded.transfer, ...about, ...error } })
    }
    control.send('receiptKept', { transfer: decoded.transfer, state })
  }

  #failure(from: Member, failure: MessageBody<'failure'>): void {
    const transfer = this.#transfers.get(failure.transfer)
    if (transfer === undefined) return
    transfer.failures.push({ from, failure })
    if (this.#options.rescues === false || failure.about === 'self') return
    if (failure.about === 'upstream') this.#rescue(transfer, from.nodeId, failure.stripe)
    else if (failure.final) {
      const node = transfer.tickets.find(({ ticket }) => ticket.handle === failure.handle)?.ticket.node
      if (node !== undefined) this.#rescue(transfer, node, failure.stripe)
    }
  }

  #rescue(transfer: ClusterTransfer, node: string, stripe: number): void {
    const held = transfer.tickets.find(({ ticket }) => ticket.node === node)
    if (held === undefined || transfer.receipts.has(held.ticket.name)) return
    transfer.serving.routing.adopt(held, stripe, 1)
  }

  #welcomeRequests(conversation: Conversation): void {
    conversation.attach({
      message: (message) => {
        if (message.name === 'ticket') {
          this.#tickets.show(conversation, message.body.ticket)
          conversation.admit()
          return
        }
        const said = message as ChildMessage
        const { ticket } = this.#tickets.need(conversation, said.body.transfer)
        this.#transfers.get(said.body.transfer)?.serving.childSays(ticket.handle, conversation, said)
      },
    })
  }

  #answered(conversation: Conversation, message: Message): void {
    if (message.name === 'refused') {
      conversation.close(new TreecastError('E_PEER', message.body.message))
    } else if (message.name === 'failure') {
      const { transfer, handle, stripe, message: text } = message.body
      const routing = this.#transfers.get(transfer)?.serving.routing
      const child = routing?.branches.find(handle, stripe)
      if (child?.data === conversation) routing?.childFailed(child, new TreecastError('E_PEER', text))
    }
  }
}
