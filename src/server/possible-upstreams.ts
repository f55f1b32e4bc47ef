/**
 * From whom a terminal may still get a stripe while the main server sends it elsewhere. What terminals say of their routes is old when it
 * comes; whoever is chosen as upstream must not stand below his child, neither as routes are to be nor as they may still be. Pure.
 *
 *   REROUTE with a new order ──► the former and the named, both possible ──ROUTE_ACK with that order──► the acknowledged one alone
 */

export class PossibleUpstreams {
  /** By stripe. */
  readonly #orders: number[] = []
  readonly #others: Set<number>[] = []

  /**
   * A terminal is sent from `former` (null for nobody) to another.
   * @returns the order that its ROUTE_ACK repeats once it has done so, or given up; grows with the main server's clock over restarts
   */
  sentAway(stripe: number, former: number | null, nowMs: number): number {
    const order = Math.max(Math.floor(nowMs), (this.#orders[stripe] ?? 0) + 1)
    this.#orders[stripe] = order
    if (former !== null) this.#add(stripe, former)
    return order
  }

  /** A terminal acknowledges a route in place of the one that the main server had taken for it until now. */
  acknowledged(stripe: number, { order, before }: { order: number; before: number | null }): void {
    if (order === (this.#orders[stripe] ?? 0)) this.#others[stripe]?.clear()
    else if (before !== null) this.#add(stripe, before)
  }

  /** Handles beside the one that the main server takes for the upstream. */
  others(stripe: number): ReadonlySet<number> {
    return this.#others[stripe] ?? NONE
  }

  #add(stripe: number, handle: number): void {
    this.#others[stripe] ??= new Set()
    this.#others[stripe].add(handle)
  }
}

const NONE: ReadonlySet<number> = new Set()
