/**
 * What one transfer at a terminal tells of its place in the route: whom it is served by, how deep, and by which order of the main server;
 * and who does not serve it. It decides nothing.
 *
 * Guarantee: the main server hears of each place once, until it changes or the main server has been away.
 */

import type { MessageBody } from '../wire/messages.ts'
import { reasonOf } from '../wire/reason.ts'
import type { Reports } from './reports.ts'

export interface RouteReportsOptions {
  readonly transfer: number
  readonly reports: Pick<Reports, 'routed' | 'failure'>
}

/** Where a terminal is in one stripe's tree. */
export interface RoutePlace {
  readonly stripe: number
  /** Its upstream's; 0 is the first server. */
  readonly handle: number
  /** Edges between the first server and this terminal. */
  readonly depth: number
}

export class RouteReports {
  readonly #options: RouteReportsOptions
  /** By stripe: the last order of the main server that was carried out or given up. */
  readonly #orders = new Map<number, number>()
  /** By stripe: what the main server was told last. */
  readonly #told = new Map<number, MessageBody<'routeAck'>>()

  constructor(options: RouteReportsOptions) {
    this.#options = options
  }

  /** The main server's order for the stripe is done with. */
  carriedOut(stripe: number, order: number): void {
    this.#orders.set(stripe, order)
  }

  /** Tells the main server of a place, unless that is what it was told last. */
  tell(place: RoutePlace): void {
    const ack = this.ackOf(place)
    const told = this.#told.get(ack.stripe)
    if (told?.upstream === ack.upstream && told.depth === ack.depth && told.order === ack.order) return
    this.#told.set(ack.stripe, ack)
    this.#options.reports.routed(ack)
  }

  /** Tells it whatever it was told before: it has just come back. */
  tellAgain(place: RoutePlace): void {
    this.#options.reports.routed(this.ackOf(place))
  }

  /** Tells the main server that a node does not serve the stripe: it names another. */
  tellFailure(stripe: number, handle: number, error: unknown): void {
    const { reports, transfer } = this.#options
    reports.failure({ transfer, stripe, about: 'upstream', handle, ...reasonOf(error), final: false })
  }

  /** The message that says so, for the upstream itself. */
  ackOf({ stripe, handle, depth }: RoutePlace): MessageBody<'routeAck'> {
    const order = this.#orders.get(stripe) ?? 0
    return { transfer: this.#options.transfer, stripe, upstream: handle, depth, order }
  }
}
