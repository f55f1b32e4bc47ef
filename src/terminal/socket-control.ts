/**
 * The socket control module 48 of FIG. 2C: the server socket, and the client sockets that are dialled when needed and closed when their
 * work is done. It is the only module that holds links, and knows nothing of transfers.
 *
 * One data link and one request link per pair of nodes serve all their transfers. A link that carried nothing for LIMITS.idleLinkMs is
 * closed by the side that dialled it. An accepted link is a stranger's, bounded in time and number, until its user admits the peer.
 *
 * An operator that serves its own push has no server socket: it takes requests on the link that it sends on (`direct`).
 *
 * A terminal that cannot be dialled is summoned by way of the main server, and opens a feed link, which takes the place of the data link
 * (treecast-protocol(7), feed).
 */

import type { Conversation, Hello, Message } from '../link/conversation.ts'
import { greet, openConversation } from '../link/conversation.ts'
import type { Fingerprint, Link, Listener, Network } from '../link/link.ts'
import type { Address } from '../system/address.ts'
import { type Clock, every, type Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Purpose } from '../wire/message-types.ts'
import type { PacketHeader } from '../wire/packet-header.ts'
import type { Role } from '../wire/session-messages.ts'
import { FeedLinks } from './feed-links.ts'
import { Strangers } from './strangers.ts'

/** Where a node is and which certificate it must show. */
export interface Peer {
  readonly fingerprint: Fingerprint
  /** Undefined for one that cannot be dialled. */
  readonly address: Address | undefined
}

/** Who hears what arrives, on links of either side. */
export interface SocketUser {
  /**
   * A peer said HELLO. Attach handlers at once, or refuse by a throw. Whoever is not admitted (Conversation.admit) in time loses the link.
   */
  welcome(conversation: Conversation, hello: Hello): void
  /** Has a terminal that cannot be dialled asked to open a feed link to this node. */
  summon(fingerprint: Fingerprint): void
  /** On links that this side dialled, and on feed links of either side. */
  message(conversation: Conversation, message: Message): void
  packet(conversation: Conversation, header: PacketHeader, sealed: Uint8Array): void
  drained(conversation: Conversation): void
  closed(conversation: Conversation, error: Error | undefined): void
}

/** The user of sockets that are made, and may be open, before the user is there: until then nobody is let in. */
export function laterUser(user: () => SocketUser | undefined): SocketUser {
  return {
    welcome: (conversation, hello) => {
      const there = user()
      if (there === undefined) throw new TreecastError('E_STARTING', 'this node is still starting: try again')
      there.welcome(conversation, hello)
    },
    summon: (fingerprint) => user()?.summon(fingerprint),
    message: (conversation, message) => user()?.message(conversation, message),
    packet: (conversation, header, sealed) => user()?.packet(conversation, header, sealed),
    drained: (conversation) => user()?.drained(conversation),
    closed: (conversation, error) => user()?.closed(conversation, error),
  }
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
  readonly #feeds: FeedLinks
  /** Certificates of nodes that were cut off. */
  readonly #banished = new Set<Fingerprint>()
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
    this.#feeds = new FeedLinks({
      clock: options.clock,
      summon: (fingerprint) => user.summon(fingerprint),
      dial: (peer) => this.dial(peer, 'feed'),
    })
  }

  /** Opens the server socket. @throws E_ADDRESS_IN_USE, E_LISTEN */
  async start(listen: Address): Promise<Address> {
    this.#listener = await this.#options.network.listen(listen, (link) => this.#accept(link))
    this.#sweep = every(this.#options.clock, LIMITS.idleLinkMs / 2, () => this.#closeIdle())
    return this.#listener.address
  }

  /** The main server cut these nodes off: every link with them ends now, and none begins again while this process lives. */
  banish(fingerprints: readonly Fingerprint[]): void {
    for (const fingerprint of fingerprints) this.#banished.add(fingerprint)
    for (const conversation of this.#dialled) {
      if (this.#banished.has(conversation.peerFingerprint)) conversation.close()
    }
    // In order: the reason may be on its way to it.
    for (const link of this.#accepted) if (this.#banished.has(link.peerFingerprint)) link.close()
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
    this.#feeds.stop()
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

  /** Opens a feed link to a node that will serve this one, which cannot be dialled. */
  openFeed(peer: Peer): void {
    this.#feeds.open(peer).catch((error) => {
      this.#options.log.debug('a feed link could not be opened', { error: String(error) })
    })
  }

  /** A link of its own, outside the pool. @throws E_UNREACHABLE, E_DEADLINE, E_WRONG_PEER */
  async dial(peer: Peer, purpose: Purpose): Promise<Conversation> {
    if (this.#banished.has(peer.fingerprint)) throw banished()
    const { network, clock, role, software, leaf } = this.#options
    if (peer.address === undefined) {
      throw new TreecastError('E_UNREACHABLE', 'a terminal that only opens connections itself cannot be dialled')
    }
    const link = await network.dial(peer.address, { expect: peer.fingerprint, deadlineMs: LIMITS.dialMs })
    const listening = this.#listening === undefined ? {} : { listening: this.#listening }
    const conversation = openConversation(link, { role, purpose, software, leaf, ...listening }, clock)
    this.#dialled.add(conversation)
    if (this.#stopped) conversation.close()
    this.#handToUser(conversation)
    return conversation
  }

  #handToUser(conversation: Conversation): void {
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
  }

  /** @throws E_NOT_SUMMONED, which refuses the link */
  #welcome(conversation: Conversation, hello: Hello): void {
    if (hello.purpose !== 'feed') {
      this.#user.welcome(conversation, hello)
      return
    }
    this.#feeds.take(conversation)
    conversation.admit()
    this.#handToUser(conversation)
  }

  #dialPooled(key: string, peer: Peer, purpose: 'data' | 'requests'): PooledLink {
    const pooled: PooledLink = {
      conversation: this.#reach(peer, purpose).then((conversation) => {
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

  #reach(peer: Peer, purpose: 'data' | 'requests'): Promise<Conversation> {
    // An operator has no server socket: it takes requests on the link that it sends on.
    if (this.#options.role === 'operator') return this.dial(peer, 'direct')
    const fed = purpose === 'data' && peer.address === undefined
    return fed ? this.#feeds.wait(peer.fingerprint) : this.dial(peer, purpose)
  }

  #accept(link: Link): void {
    const { clock, role, software } = this.#options
    this.#accepted.add(link)
    this.#strangers.accepted(link)
    greet(link, {
      clock,
      deadlineMs: LIMITS.helloMs,
      answer: { role, software },
      welcome: (conversation, hello) => {
        if (this.#banished.has(link.peerFingerprint)) throw banished()
        this.#welcome(conversation, hello)
      },
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

/** What a terminal that was cut off reads, wherever it comes. */
export function banished(): TreecastError {
  const message =
    'this terminal was revoked by an operator. To let it in again, move its HOME/relay folder away and join with a new token from `treecast serve token`'
  return new TreecastError('E_NODE_REVOKED', message)
}

function poolKey(fingerprint: Fingerprint, purpose: Purpose): string {
  return `${purpose === 'feed' || purpose === 'direct' ? 'data' : purpose} ${fingerprint}`
}
