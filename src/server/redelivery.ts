/**
 * What terminals are still to get: goes on with it when they are here, repeats it with the next transfer and now and then for those that
 * were here all the time, and drops what newer content replaces.
 */

import { isDelivered } from '../registry/delivery-state.ts'
import type { NetworkDatabase } from '../registry/network-database.ts'
import type { Clock } from '../system/clock.ts'
import type { OwedDelivery } from '../wire/snapshot.ts'
import { type DeliveryView, isOwed, isSettled } from './delivery-view.ts'
import type { Presence, PresentTerminal } from './presence.ts'
import { RetryPace } from './retry-pace.ts'
import type { RunningTransfer } from './running-transfer.ts'
import type { TerminalRoster } from './terminal-roster.ts'
import type { TicketOffice } from './tickets.ts'

export interface RedeliveryOptions {
  readonly clock: Clock
  readonly database: NetworkDatabase
  readonly presence: Pick<Presence, 'find'>
  readonly roster: TerminalRoster
  readonly tickets: TicketOffice
  readonly transfers: () => readonly RunningTransfer[]
}

/** Deliveries that `status` lists. */
const LISTED_DELIVERIES = 1000

export class Redelivery {
  readonly #options: RedeliveryOptions
  readonly #pace: RetryPace

  constructor(options: RedeliveryOptions) {
    this.#options = options
    this.#pace = new RetryPace(options.clock)
  }

  /** Goes on with what a terminal that is here has not got of a transfer. */
  async to(transfer: RunningTransfer, terminal: PresentTerminal): Promise<void> {
    const { roster, tickets, database } = this.#options
    const delivery = transfer.distribution.arrived(terminal.node, terminal.address)
    if (transfer.distribution.over) return
    // What is owed waits until the content is whole; who is in the transfer gets what is there of it.
    if (delivery === undefined) return
    if (isOwed(delivery) && !(transfer.stored && hasRoom(terminal, delivery, transfer))) return
    if (!transfer.distribution.origin.isHere) return transfer.distribution.origin.lackedBy(delivery)
    const [holder, recorded] = [await roster.holder(terminal), await database.transfers.find(transfer.id)]
    if (holder === undefined || recorded === undefined) return
    const place = { transfer: transfer.id, handle: delivery.handle, performance: 0 }
    if (isOwed(delivery)) transfer.reopen()
    transfer.distribution.redeliver(delivery, tickets.issue(holder, place, recorded.contentKey))
  }

  /** Whoever waits for it gets it now: the content is whole, or somebody who has it is here. */
  async toPresent(transfer: RunningTransfer): Promise<void> {
    for (const delivery of transfer.distribution.deliveries) {
      const terminal = this.#options.presence.find(delivery.node)
      if (delivery.state === 'failed') await this.retry(transfer, delivery)
      else if (terminal !== undefined && isWaiting(delivery, transfer)) await this.to(transfer, terminal)
    }
  }

  /** A terminal that is here still lacks what it was given up for: tries once more, the more seldom the oftener it was in vain. */
  async retry(transfer: RunningTransfer, delivery: DeliveryView): Promise<void> {
    const terminal = this.#options.presence.find(delivery.node)
    if (terminal === undefined || !isOwed(delivery) || !transfer.stored) return
    // That nobody is here to provide the content is no try of the terminal's.
    if (!transfer.distribution.origin.isHere || this.#pace.take(delivery)) await this.to(transfer, terminal)
  }

  /** What failed is repeated in the next transfer (US 8,495,167, column 5). */
  async repeatOwed(next: RunningTransfer): Promise<void> {
    for (const transfer of this.#options.transfers()) {
      if (transfer === next || !transfer.final) continue
      for (const delivery of transfer.distribution.deliveries.filter(isOwed)) {
        const terminal = this.#options.presence.find(delivery.node)
        if (terminal !== undefined) await this.to(transfer, terminal)
      }
    }
  }

  /** What is still to be delivered, newest transfer first. */
  owed(): OwedDelivery[] {
    return this.#options
      .transfers()
      .filter(({ stored, final }) => stored && final)
      .toSorted((a, b) => b.id - a.id)
      .flatMap((transfer) =>
        transfer.distribution.deliveries.filter(isOwed).map(({ name, state, error }) => ({
          transfer: transfer.id,
          destination: transfer.destination,
          terminal: name,
          state: state === 'failed' ? ('failed' as const) : ('pending' as const),
          error,
        })),
      )
      .slice(0, LISTED_DELIVERIES)
  }

  /** Of several contents for one place, only the newest is still sent. */
  supersede(next: RunningTransfer): void {
    const nodes = new Set(next.distribution.deliveries.map(({ node }) => node))
    for (const transfer of this.#options.transfers()) {
      // Of several tops, some may still be wanted.
      const isReplaced = transfer.destinations.every((destination) => next.destinations.includes(destination))
      if (transfer !== next && isReplaced) transfer.distribution.supersede(nodes, next.id)
    }
  }
}

/** Whether nothing was done yet for a terminal to get it. */
function isWaiting(delivery: DeliveryView, { distribution }: RunningTransfer): boolean {
  const { state, held } = delivery
  if (state === 'pending') return true
  // The main server was started again, and nobody had the content when the terminal came.
  return distribution.origin.isUnasked(delivery) || (held === undefined && !isSettled(delivery) && !isDelivered(state))
}

/** Whether a terminal whose disk was full may have room by now. */
function hasRoom(
  { freeBytes }: PresentTerminal,
  { error }: DeliveryView,
  { storedBytes, expectedBytes }: RunningTransfer,
): boolean {
  return error?.code !== 'E_NO_SPACE' || freeBytes === null || freeBytes > Math.max(storedBytes, expectedBytes)
}
