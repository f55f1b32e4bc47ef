/**
 * Asks for a transfer's packet tables, a few ahead. They are the same for all stripes and small, so every upstream is asked, and the first
 * answer counts: terminals serve one another in different stripes, and two that asked only each other for the next table would wait for
 * ever. Down the first stripe's tree it comes from the first server in any case; whichever tree it comes down sooner, no stripe waits longer.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Upstream } from './upstream.ts'

/** In its tree a table comes to everybody: an upstream of another may itself wait for one of those who wait for it. */
const TABLE_STRIPE = 0

export interface TableRequestsOptions {
  readonly transfer: number
  readonly content: StoredContent
  readonly upstreams: () => Upstream[]
}

export class TableRequests {
  readonly #options: TableRequestsOptions

  constructor(options: TableRequestsOptions) {
    this.#options = options
  }

  /** Whether a table is late through this upstream's fault when none comes. */
  owes({ stripe }: Upstream): boolean {
    return stripe === TABLE_STRIPE && this.#options.content.last === undefined
  }

  /** Asks for as many as may be under way. */
  ask(): void {
    const { content, transfer, upstreams } = this.#options
    if (content.last !== undefined) return
    const until = content.segments + LIMITS.tablesAhead
    for (const upstream of upstreams()) {
      const from = Math.max(upstream.nextTable, content.segments)
      if (from >= until) continue
      upstream.nextTable = until
      const { stripe, requests } = upstream
      requests.send('request', { transfer, stripe, base: BASE_TYPE.packetTable, ranges: [from, until - from] })
    }
  }
}
