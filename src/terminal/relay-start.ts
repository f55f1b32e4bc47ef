/**
 * When a terminal begins to relay: transport requests are held back until so much of the content is here that their targets have something
 * to fetch, and are dealt then.
 *
 * Guarantee: each request is dealt once; at the latest when the content is complete, however short it is.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { CheckedRequest } from './request-admission.ts'
import type { RelayTask } from './routing-control.ts'

export interface RelayStartOptions {
  readonly content: Pick<StoredContent, 'heldBytes' | 'complete'>
  /** Plain bytes of the content. */
  readonly relayAfterBytes: number
  /** Edges between the first server and this terminal. */
  readonly depthIn: (stripe: number) => number
  readonly relay: (task: RelayTask) => void
}

/** What is kept of a request until its targets are dealt. */
export type HeldBackRequest = Pick<CheckedRequest, 'stripe' | 'depth' | 'below' | 'upstreams'>

export class RelayStart {
  readonly #options: RelayStartOptions
  readonly #heldBack: HeldBackRequest[] = []

  constructor(options: RelayStartOptions) {
    this.#options = options
  }

  /** Deals the request's targets, at once or as soon as enough is here. */
  take(request: HeldBackRequest): void {
    this.#heldBack.push(request)
    this.contentGrew()
  }

  /** More of the content is here. */
  contentGrew(): void {
    const { content, relayAfterBytes, depthIn, relay } = this.#options
    if (content.heldBytes < relayAfterBytes && !content.complete) return
    for (const { stripe, depth, below, upstreams } of this.#heldBack.splice(0)) {
      // Its upstream may be another than the one that sent this request, and deeper.
      relay({ stripe, depth: Math.max(depth, depthIn(stripe)) + 1, below, upstreams })
    }
  }
}
