/**
 * The terminal module of an operator that is the first server of its own push (US 8,495,167, claim 4): provides the one content, and
 * serves whom the main server names. It has no server socket: it dials, and takes requests on the links that it sends on, so that a
 * firewall in front of it is no hindrance.
 *
 * It goes on while the main server is away, and is told of another link to it by attach().
 */

import type { ProvidedContent } from '../content/provided-content.ts'
import type { Identity } from '../identity/identity.ts'
import type { Membership } from '../identity/membership-store.ts'
import type { Conversation, Message } from '../link/conversation.ts'
import type { Network } from '../link/link.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { silentLog } from '../system/log.ts'
import { peerError } from '../wire/reason.ts'
import { memberKeys } from './member-keys.ts'
import type { ProvisionReports } from './provision.ts'
import { Provisions } from './provisions.ts'
import { answerNotHeld } from './serving.ts'
import { SocketControl, type SocketUser } from './socket-control.ts'
import { TicketDesk } from './ticket-desk.ts'

export interface DirectServerOptions {
  readonly clock: Clock
  readonly network: Network
  readonly identity: Pick<Identity, 'nodeId' | 'keys'>
  /** The main server's keys. */
  readonly membership: Pick<Membership, 'ed25519Public' | 'x25519Public'>
  readonly software: string
  /** The content, as the push describes it. @throws why it cannot be read */
  readonly open: () => Promise<ProvidedContent>
  /** The content cannot be read any more, or is not what it was. */
  readonly failed: (error: TreecastError) => void
}

export class DirectServer implements SocketUser {
  readonly #options: DirectServerOptions
  readonly #sockets: SocketControl
  readonly #tickets: TicketDesk
  readonly #provisions: Provisions
  #main: Pick<Conversation, 'send'> | undefined

  constructor(options: DirectServerOptions) {
    const { clock, network, identity, membership, software } = options
    const keys = memberKeys(identity.keys, membership)
    this.#options = options
    // What goes wrong is said to the main server, and told by the push.
    const log = silentLog
    this.#sockets = new SocketControl({ network, clock, log, role: 'operator', software, leaf: false }, this)
    this.#tickets = new TicketDesk(keys.isTicketSigned)
    this.#provisions = new Provisions({
      ...{ clock, log, sockets: this.#sockets, tickets: this.#tickets, node: identity.nodeId },
      ...keys,
      reports: this.#reports(),
      open: () => this.#open(),
    })
  }

  /** Whether somebody is served who does not have everything. */
  get serves(): boolean {
    return [...this.#provisions.all()].some(({ serving }) => !serving.routing.branches.idle)
  }

  /** From now on this is the link to the main server. */
  attach(main: Pick<Conversation, 'send'>): void {
    this.#main = main
  }

  /** Hears what the main server says on that link. */
  told(message: Message): void {
    // Said again on a new link: what was offered on the one before may be lost.
    if (message.name === 'provide')
      void this.#provisions.provide(message.body).then(() => this.#provisions.offerAgain())
    else if (message.name === 'tableSigned') this.#provisions.tableSigned(message.body)
    else if (message.name === 'dismiss') void this.#provisions.dismiss(message.body.transfer)
  }

  async stop(): Promise<void> {
    await this.#provisions.stop()
    await this.#sockets.stop()
  }

  welcome(): void {
    throw new TreecastError('E_PURPOSE', 'an operator takes no links')
  }

  /** Whoever cannot be dialled is not served from here: the main server has others do it. */
  summon(): void {}

  /** What a terminal says on a link that was dialled here. @throws E_TICKET, E_TOO_MANY_WANTED */
  message(conversation: Conversation, message: Message): void {
    switch (message.name) {
      case 'ticket':
        this.#tickets.show(conversation, message.body.ticket)
        return
      case 'failure': {
        const { serving } = this.#provisions.find(message.body.transfer) ?? {}
        serving?.routing.childSaysFailure(conversation, message.body)
        return
      }
      case 'refused':
        conversation.close(peerError(message.body))
        return
      case 'routeAck':
      case 'request':
      case 'requestIfHeld':
      case 'ack': {
        const { transfer } = message.body
        const { handle } = this.#tickets.need(conversation, transfer).ticket
        const provision = this.#provisions.find(transfer)
        if (provision === undefined) answerNotHeld(conversation, message)
        else provision.serving.childSays(handle, conversation, message)
      }
    }
  }

  packet(): void {
    throw new TreecastError('E_MESSAGE_NOT_ALLOWED', 'an operator takes no packets')
  }

  drained(conversation: Conversation): void {
    for (const { serving } of this.#provisions.all()) serving.drained(conversation)
  }

  closed(conversation: Conversation, error: Error | undefined): void {
    for (const { serving } of this.#provisions.all()) serving.routing.linkClosed(conversation, error)
  }

  #reports(): ProvisionReports {
    return {
      tableOffer: (offer) => this.#main?.send('tableOffer', offer),
      cannotProvide: (reason) => this.#options.failed(peerError(reason)),
      failure: (failure) => this.#main?.send('failure', failure),
    }
  }

  /** Also what is read late, when a packet is sealed again, tells of its error: nobody would get that packet. */
  async #open(): Promise<ProvidedContent> {
    const { open, failed } = this.#options
    const provided = await open()
    const { stream } = provided
    const read = async (at: number, length: number) => {
      try {
        return await stream.read(at, length)
      } catch (error) {
        if (error instanceof TreecastError) failed(error)
        throw error
      }
    }
    return { ...provided, stream: { read, close: () => stream.close() } }
  }
}
