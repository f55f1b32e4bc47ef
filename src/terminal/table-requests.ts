/**
 * Asks for a transfer's packet tables, a few ahead. They are the same for all stripes: one upstream is asked while it answers, and another
 * in its place when it falls silent.
 */

import type { StoredContent } from '../content/stored-content.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { Upstream } from './upstream.ts'

export interface TableRequestsOptions {
  readonly transfer: number
  readonly content: StoredContent
  readonly upstreams: () => Upstream[]
}

export class TableRequests {
  readonly #options: TableRequestsOptions
  #source: Upstream | undefined

  constructor(options: TableRequestsOptions) {
    this.#options = options
  }

  /** Whether tables are still to come from this upstream. */
  owes(upstream: Upstream): boolean {
    return upstream === this.#source && this.#options.content.last === undefined
  }

  /** Asks for as many as may be under way. */
  ask(): void {
    const { content, transfer, upstreams } = this.#options
    this.#source ??= upstreams()[0]
    const source = this.#source
    if (source === undefined || content.last !== undefined) return
    source.nextTable = Math.max(source.nextTable, content.segments)
    const until = content.segments + LIMITS.tablesAhead
    if (source.nextTable >= until) return
    const ranges = [source.nextTable, until - source.nextTable]
    source.nextTable = until
    const { stripe, requests } = source
    requests.send('request', { transfer, stripe, base: BASE_TYPE.packetTable, ranges })
  }

  /** Time has passed: one that has fallen silent is not waited for where another was heard. */
  lookAround(nowMs: number): void {
    const source = this.#source
    if (source === undefined || nowMs - source.heardAtMs <= LIMITS.tableSilentMs) return
    const others = this.#options.upstreams().filter((upstream) => upstream.handle !== source.handle)
    const [best] = others.toSorted((a, b) => b.heardAtMs - a.heardAtMs)
    if (best !== undefined && best.heardAtMs > source.heardAtMs) this.#source = best
  }

  /** The stripe's upstream is gone. */
  drop(stripe: number): void {
    if (this.#source?.stripe === stripe) this.#source = undefined
  }
}
