/**
 * Links to terminals that cannot be dialled (treecast-protocol(7), feed): the node that serves waits for the link that it had summoned, and
 * the terminal opens one to each node that is to serve it.
 *
 *   serving node  wait() ──SUMMON──► main server ──OPEN_FEED──► terminal  open() ──dials──► serving node  take() ──► wait() resolves
 */

import type { Conversation } from '../link/conversation.ts'
import type { Fingerprint } from '../link/link.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Peer } from './socket-control.ts'

export interface FeedLinksOptions {
  readonly clock: Clock
  readonly summon: (fingerprint: Fingerprint) => void
  readonly dial: (peer: Peer) => Promise<Conversation>
}

interface Awaited {
  readonly late: Timer
  readonly taken: (conversation: Conversation) => void
}

export class FeedLinks {
  readonly #options: FeedLinksOptions
  readonly #awaited = new Map<Fingerprint, Awaited>()
  /** Those that this side opened, the oldest first. */
  readonly #opened = new Map<Fingerprint, Conversation>()

  constructor(options: FeedLinksOptions) {
    this.#options = options
  }

  stop(): void {
    for (const { late } of this.#awaited.values()) late.cancel()
  }

  /** Has the terminal summoned. @throws E_UNREACHABLE when its link does not come */
  wait(fingerprint: Fingerprint): Promise<Conversation> {
    const { clock, summon } = this.#options
    this.#awaited.get(fingerprint)?.late.cancel()
    return new Promise((taken, failed) => {
      const late = clock.after(LIMITS.dialMs, () => {
        this.#awaited.delete(fingerprint)
        const message = `the terminal only opens connections itself, and opened none to this node within ${LIMITS.dialMs} ms`
        failed(new TreecastError('E_UNREACHABLE', message))
      })
      this.#awaited.set(fingerprint, { late, taken })
      summon(fingerprint)
    })
  }

  /** A feed link came in. @throws E_NOT_SUMMONED when nobody waits for one from there */
  take(conversation: Conversation): void {
    const awaited = this.#awaited.get(conversation.peerFingerprint)
    if (awaited === undefined) throw new TreecastError('E_NOT_SUMMONED', 'nobody here waits for this feed link')
    this.#awaited.delete(conversation.peerFingerprint)
    awaited.late.cancel()
    awaited.taken(conversation)
  }

  /** Opens one to a node that waits for it; it takes the place of an earlier one, which that node no longer has. */
  async open(peer: Peer): Promise<void> {
    const conversation = await this.#options.dial(peer)
    this.#opened.get(peer.fingerprint)?.close()
    this.#opened.delete(peer.fingerprint)
    for (const [fingerprint, opened] of this.#opened) if (!opened.open) this.#opened.delete(fingerprint)
    const [oldest] = this.#opened
    if (oldest !== undefined && this.#opened.size >= LIMITS.feedLinks) {
      oldest[1].close()
      this.#opened.delete(oldest[0])
    }
    this.#opened.set(peer.fingerprint, conversation)
  }
}
