/**
 * Who comes in at the main server's socket, and whether they may. Default deny: a certificate that is not in the network database can
 * enrol and nothing else; a terminal is no operator, an operator no terminal.
 *
 *   enrol      anyone, with a token           operator   an operator's certificate
 *   control    a terminal's certificate       requests   a terminal's certificate, then a ticket
 */

import type { Identity } from '../identity/identity.ts'
import type { Conversation, Hello, Message } from '../link/conversation.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Node } from '../registry/nodes.ts'
import { type Address, formatAddress, isUnspecified, parseAddress } from '../system/address.ts'
import type { Clock } from '../system/clock.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { ChildMessage } from '../terminal/serving.ts'
import { banished, type SocketUser } from '../terminal/socket-control.ts'
import type { TicketDesk } from '../terminal/ticket-desk.ts'
import { labelsOf } from '../wire/labels.ts'
import { peerError } from '../wire/reason.ts'
import type { AdmittedNodes } from './admitted-nodes.ts'
import type { ContentQuestions } from './content-questions.ts'
import { serveEnrolment } from './enrolment-desk.ts'
import type { Inquiries } from './inquiries.ts'
import { OperatorDesk } from './operator-desk.ts'
import type { Preflight } from './preflight.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import type { Prober } from './prober.ts'
import type { ProviderDesk } from './provider-desk.ts'
import type { ProviderLinks } from './provider-links.ts'
import type { SteeringDesk } from './steering-desk.ts'
import { serveTerminal } from './terminal-desk.ts'
import type { TicketOffice } from './tickets.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface FrontDeskOptions {
  readonly identity: Identity
  readonly database: NetworkDatabase
  readonly nodes: AdmittedNodes
  readonly presence: Presence
  readonly preflight: Preflight
  readonly contentQuestions: ContentQuestions
  readonly providers: ProviderDesk
  readonly providerLinks: ProviderLinks
  readonly transfers: TransferManager
  readonly tickets: TicketDesk
  readonly ticketOffice: TicketOffice
  readonly steering: SteeringDesk
  readonly inquiries: Inquiries
  readonly prober: Prober
  readonly log: Log
  readonly clock: Clock
  readonly enrolmentRefused: (code: string) => void
}

export class FrontDesk implements SocketUser {
  readonly #options: FrontDeskOptions

  constructor(options: FrontDeskOptions) {
    this.#options = options
  }

  welcome(conversation: Conversation, hello: Hello): void {
    switch (hello.purpose) {
      case 'enrol': {
        const { database, identity, log, enrolmentRefused: refused } = this.#options
        serveEnrolment(conversation, { database, identity, log, refused, enrolled: (node) => this.#enrolled(node) })
        return
      }
      case 'operator':
        new OperatorDesk(conversation, {
          transfers: this.#options.transfers,
          operator: this.#identify(conversation, 'operator'),
          clock: this.#options.clock,
          providers: this.#options.providers,
          providerLinks: this.#options.providerLinks,
          answer: (query, operator) => this.#options.inquiries.answer(query, operator),
          steer: (steering, operator) => this.#options.steering.steer(steering, operator),
        })
        return
      case 'control':
        this.#welcomeTerminal(conversation, hello, this.#identify(conversation, 'terminal'))
        return
      case 'requests':
        this.#identify(conversation, 'terminal')
        this.#welcomeRequests(conversation)
        return
      case 'probe':
        throw new TreecastError('E_PURPOSE', 'the main server probes terminals, and is not probed')
      case 'data':
      case 'direct':
        throw new TreecastError('E_PURPOSE', 'the main server takes no content from terminals')
    }
  }

  /** The main server itself is to serve a terminal that cannot be dialled. */
  summon(fingerprint: string): void {
    const { identity, nodes, presence } = this.#options
    const called = nodes.find(fingerprint)
    if (called === undefined) return
    const server = { address: null, fingerprint: identity.certificate.fingerprint }
    presence.find(called.nodeId)?.control.send('openFeed', server)
  }

  message(conversation: Conversation, message: Message): void {
    if (message.name === 'failure') {
      const { distribution } = this.#options.transfers.find(message.body.transfer) ?? {}
      distribution?.serving.routing.childSaysFailure(conversation, message.body)
    } else if (message.name === 'probed') {
      this.#options.prober.answered(conversation, message.body)
    } else if (message.name === 'refused') {
      conversation.close(peerError(message.body))
    }
  }

  packet(): void {
    throw new TreecastError('E_MESSAGE_NOT_ALLOWED', 'the main server takes no packets')
  }

  drained(conversation: Conversation): void {
    this.#options.prober.drained(conversation)
    for (const { distribution } of this.#options.transfers.all()) distribution.serving.drained(conversation)
  }

  closed(conversation: Conversation, error: Error | undefined): void {
    this.#options.prober.closed(conversation, error)
    for (const { distribution } of this.#options.transfers.all()) {
      distribution.serving.routing.linkClosed(conversation, error)
    }
  }

  #enrolled(node: Node): void {
    this.#options.nodes.add(node)
    if (node.role === 'terminal') this.#options.ticketOffice.prepare({ node: node.nodeId, x25519: node.x25519Public })
  }

  /** @throws E_NOT_AUTHORISED, E_NODE_REVOKED */
  #identify(conversation: Conversation, role: Node['role']): Node {
    if (this.#options.nodes.isRevoked(conversation.peerFingerprint)) throw banished()
    const node = this.#options.nodes.find(conversation.peerFingerprint)
    if (node === undefined) {
      const message = `this ${role} is not enrolled here: join with a token from \`treecast serve token --role ${role}\``
      throw new TreecastError('E_NOT_AUTHORISED', message)
    }
    if (node.role === role) return node
    throw new TreecastError('E_NOT_AUTHORISED', `${node.name} is enrolled as ${node.role} and may not act as ${role}`)
  }

  #welcomeTerminal(conversation: Conversation, hello: Hello, node: Node): void {
    const { nodes, presence, preflight, contentQuestions, providers, transfers, steering, database, log, clock } =
      this.#options
    const address = reachableAddress(conversation, hello)
    // Nobody else can be served by one that cannot be dialled.
    const leaf = hello.leaf === true || address === null
    const labels = labelsOf(hello.labels ?? [])
    const terminal: PresentTerminal = {
      node: node.nodeId,
      name: node.name,
      control: conversation,
      address: address === null ? null : formatAddress(address),
      leaf,
      labels,
      freeBytes: null,
    }
    serveTerminal(conversation, {
      ...{ node, nodes, terminal, presence, preflight, contentQuestions, providers, transfers, database, log, clock },
    })
    steering.tellOfRevoked(conversation)
    database.terminals
      .markSeen(node.nodeId, { address, leaf, labels })
      .catch((error: unknown) => log.error('the network database cannot be written', { error: messageOf(error) }))
  }

  #welcomeRequests(conversation: Conversation): void {
    conversation.attach({
      message: (message) => {
        if (message.name === 'ticket') {
          this.#options.tickets.show(conversation, message.body.ticket)
          conversation.admit()
          return
        }
        const said = message as ChildMessage
        const { ticket } = this.#options.tickets.need(conversation, said.body.transfer)
        this.#options.transfers
          .find(said.body.transfer)
          ?.distribution.serving.childSays(ticket.handle, conversation, said)
      },
      closed: (error) => this.closed(conversation, error),
    })
  }
}

/**
 * Where the terminal's server socket can be dialled: what it says, or, where it cannot know, where it is seen to come from. Null when it
 * says that it cannot be dialled.
 */
function reachableAddress(conversation: Conversation, { listening }: Hello): Address | null {
  if (listening === undefined) return null
  const said = parseAddress(listening)
  return isUnspecified(said) ? { host: conversation.remote.host, port: said.port } : said
}
