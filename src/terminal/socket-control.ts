/**
 * The socket control module 48 of FIG. 2C: the server socket, and the client sockets that are dialled when needed and closed when their
 * work is done. It is the only module that holds links, and knows nothing of transfers.
 *
 * One data link and one request link per pair of nodes serve all their transfers. A link that carried nothing for LIMITS.idleLinkMs is
 * closed by the side that dialled it. An accepted link is a stranger's, bounded in time and number, until its user admits the peer.
 */

import type { Conversation, Hello, Message } from '../link/conversation.ts'
import { greet, openConversation } from '../link/conversation.ts'
import type { Address, Fingerprint, Link, Listener, Network } from '../link/link.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Purpose } from '../wire/message-types.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import type { Role } from '../wire/session-messages.ts'
import { Strangers } from './strangers.ts'

/** Where a node is and which certificate it must show. */
export interface Peer {
  readonly fingerprint: Fingerprint
  readonly address: Address
}

/** Who hears what arrives, on links of either side. */
export interface SocketUser {
  /**
   * A peer said HELLO. Attach handlers at once, or refuse by a throw. Whoever is not admitted (Conversation.admit) in time loses the link.
   */
  welcome(conversation: Conversation, hello: Hello): void
  /** On links that this side dialled. */
  message(conversation: Conversation, message: Message): void
  packet(conversation: Conversation, header: PacketHeader, sealed: Uint8Array): void
  drained(conversation: Conversation): void
  closed(conversation: Conversation, error: Error | undefined): void
}

export interface SocketControlOptions {
  readonly network: Network
  readonly clock: Clock
  readonly log: Log
  readonly role: Role
  readonly software: string
  readonly leaf: boolean
}

interface PooledLink {
  readonly conversation: Promise<Conversation>
  /** Once it is dialled. */
  dialled: Conversation | undefined
  idleSinceMs: number
  /** Transfers that need the link. */
  users: number
}

export class SocketControl {
  readonly #options: SocketControlOptions
  readonly #user: SocketUser
  readonly #pool = new Map<string, PooledLink>()
  readonly #accepted = new Set<Link>()
  readonly #strangers: Strangers
  readonly #dialled = new Set<Conversation>()
  #listener: Listener | undefined
  #sweep: Timer | undefined
  #listening: string | undefined
  #stopped = false

  constructor(options: SocketControlOptions, user: SocketUser) {
    this.#options = options
    this.#user = user
    this.#strangers = new Strangers({
      clock: options.clock,
      most: LIMITS.strangerLinks,
      deadlineMs: LIMITS.authoriseMs,
      turnedAway: (link, error) => this.#turnedAway(link, error),
    })
  }

  /** Opens the server socket. @throws E_ADDRESS_IN_USE, E_LISTEN */
  async start(listen: Address): Promise<Address> {
    this.#listener = await this.#options.network.listen(listen, (link) => this.#accept(link))
    this.#sweep = every(this.#options.clock, LIMITS.idleLinkMs / 2, () => this.#closeIdle())
    return this.#listener.address
  }

  /** What later HELLOs say of this node's server socket. */
  announce(listening: string): void {
    this.#listening = listening
  }

  /** Closes the server socket and every link. */
  async stop(): Promise<void> {
    this.#stopped = true
    this.#sweep?.cancel()
    for (const conversation of this.#dialled) conversation.close()
    for (const link of this.#accepted) link.close()
    this.#pool.clear()
    await this.#listener?.close()
  }

  /**
   * The link of that purpose to the peer, dialled when there is none. Every call is paired with a release().
   * @throws E_UNREACHABLE, E_DEADLINE, E_WRONG_PEER
   */
  async use(peer: Peer, purpose: 'data' | 'requests'): Promise<Conversation> {
    const key = poolKey(peer.fingerprint, purpose)
    let pooled = this.#pool.get(key)
    // One that is being closed takes nothing more.
    if (pooled === undefined || pooled.dialled?.open === false) {
      pooled = this.#dialPooled(key, peer, purpose)
      this.#pool.set(key, pooled)
    }
    pooled.users++
    return pooled.conversation
  }

  /** The caller no longer needs the link it got by use(). */
  release(conversation: Conversation): void {
    const pooled = this.#pool.get(poolKey(conversation.peerFingerprint, conversation.purpose))
    if (pooled?.dialled !== conversation) return
    pooled.users--
    pooled.idleSinceMs = this.#options.clock.monotonic()
  }

  /** A link of its own, outside the pool. */
  async dial(peer: Peer, purpose: Purpose): Promise<Conversation> {
    const { network, clock, role, software, leaf } = this.#options
    const link = await network.dial(peer.address, { expect: peer.fingerprint, deadlineMs: LIMITS.dialMs })
    const listening = this.#listening === undefined ? {} : { listening: this.#listening }
    const conversation = openConversation(link, { role, purpose, software, leaf, ...listening }, clock)
    this.#dialled.add(conversation)
    if (this.#stopped) conversation.close()
    conversation.attach({
      message: (message) => this.#user.message(conversation, message),
      packet: (header, sealed) => this.#user.packet(conversation, header, sealed),
      drained: () => this.#user.drained(conversation),
      closed: (error) => {
        this.#dialled.delete(conversation)
        this.#forget(conversation)
        this.#user.closed(conversation, error)
      },
    })
    return conversation
  }

  #dialPooled(key: string, peer: Peer, purpose: 'data' | 'requests'): PooledLink {
    const pooled: PooledLink = {
      conversation: this.dial(peer, purpose).then((conversation) => {
        pooled.dialled = conversation
        return conversation
      }),
      dialled: undefined,
      idleSinceMs: this.#options.clock.monotonic(),
      users: 0,
    }
    pooled.conversation.catch(() => {
      if (this.#pool.get(key) === pooled) this.#pool.delete(key)
    })
    return pooled
  }

  #accept(link: Link): void {
    const { clock, role, software } = this.#options
    this.#accepted.add(link)
    this.#strangers.accepted(link)
    greet(link, {
      clock,
      deadlineMs: LIMITS.helloMs,
      answer: { role, software },
      welcome: (conversation, hello) => this.#user.welcome(conversation, hello),
      failed: (error) => this.#turnedAway(link, error),
      admitted: () => this.#strangers.forget(link),
      closed: () => {
        this.#strangers.forget(link)
        this.#accepted.delete(link)
      },
    })
  }

  #turnedAway(link: Link, error: unknown): void {
    this.#options.log.debug('a peer was turned away', { peer: link.remote.host, error: String(error) })
  }

  #forget(conversation: Conversation): void {
    const key = poolKey(conversation.peerFingerprint, conversation.purpose)
    if (this.#pool.get(key)?.dialled === conversation) this.#pool.delete(key)
  }

  #closeIdle(): void {
    const now = this.#options.clock.monotonic()
    for (const pooled of this.#pool.values()) {
      if (pooled.users > 0 || now - pooled.idleSinceMs < LIMITS.idleLinkMs) continue
      void pooled.conversation.then((conversation) => conversation.close())
    }
  }
}

function poolKey(fingerprint: Fingerprint, purpose: Purpose): string {
  return `${purpose} ${fingerprint}`
}
