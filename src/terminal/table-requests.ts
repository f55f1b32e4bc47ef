/**
 * Asks for a transfer's packet tables, a few ahead. They are the same for all stripes, and are waited for in the first one only: terminals
 * serve one another in different stripes, and two that waited for each other's next table would wait for ever. While the first stripe lacks
 * an upstream, or its upstream is silent, the others are asked for those that they hold.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Upstream } from './upstream.ts'

/** In its tree a table comes from the first server to everybody. */
const TABLE_STRIPE = 0

export interface TableRequestsOptions {
  readonly transfer: number
  readonly content: StoredContent
  readonly upstreams: () => Upstream[]
}

export class TableRequests {
  readonly #options: TableRequestsOptions
  /** How often others were asked in its place. */
  #looks = 0

  constructor(options: TableRequestsOptions) {
    this.#options = options
  }

  /** Whether this upstream sends tables as soon as it has them. */
  isWaitedFor({ stripe }: Upstream): boolean {
    return stripe === TABLE_STRIPE
  }

  /** Whether tables are still to come from this upstream. */
  owes(upstream: Upstream): boolean {
    return this.isWaitedFor(upstream) && this.#options.content.last === undefined
  }

  /** Asks for as many as may be under way. */
  ask(): void {
    if (this.#options.content.last !== undefined) return
    const source = this.#source()
    if (source !== undefined) this.#askOnce(source, 'request')
    else for (const upstream of this.#options.upstreams()) this.#askOnce(upstream, 'requestIfHeld')
  }

  /** Time has passed: while nothing is heard of the upstream that is waited for, another may hold what it owes. */
  lookAround(nowMs: number): void {
    const { content, upstreams } = this.#options
    const source = this.#source()
    if (content.last !== undefined || (source !== undefined && nowMs - source.heardAtMs <= LIMITS.tableSilentMs)) return
    const others = upstreams().filter((upstream) => upstream !== source)
    const helper = others[this.#looks++ % Math.max(1, others.length)]
    if (helper !== undefined) this.#send(helper, 'requestIfHeld', content.segments)
  }

  #source(): Upstream | undefined {
    return this.#options.upstreams().find((upstream) => this.isWaitedFor(upstream))
  }

  #askOnce(upstream: Upstream, name: 'request' | 'requestIfHeld'): void {
    const { segments } = this.#options.content
    const from = Math.max(upstream.nextTable, segments)
    if (from < segments + LIMITS.tablesAhead) this.#send(upstream, name, from)
  }

  #send(upstream: Upstream, name: 'request' | 'requestIfHeld', from: number): void {
    const { content, transfer } = this.#options
    const until = content.segments + LIMITS.tablesAhead
    upstream.nextTable = until
    const { stripe, requests } = upstream
    requests.send(name, { transfer, stripe, base: BASE_TYPE.packetTable, ranges: [from, until - from] })
  }
}
