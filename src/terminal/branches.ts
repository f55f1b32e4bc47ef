/**
 * The branches of a node's part of one transfer: in each stripe the terminals that it serves, or is trying to reach. A table that is asked
 * who is there; routing-control.ts decides who comes and goes.
 */

import type { Timer } from '../system/clock.ts'
import type { Trial } from '../tree/promote.ts'
import type { Downstream, HeldTicket } from './downstream.ts'

/** One direct downstream, and those of its hand who may be promoted to its place. */
export interface Branch {
  readonly stripe: number
  readonly depth: number
  /** Who serves whom below it, by place: whoever is promoted takes over the place. */
  readonly upstreams: readonly number[] | null
  /** It is of no tree of this node's. */
  readonly isAdopted?: boolean
  trial: Trial<HeldTicket>
  /** Undefined while its terminal is dialled. */
  child: Downstream | undefined
  routeDeadline: Timer | undefined
}

export class Branches {
  readonly #branches = new Set<Branch>()

  /** The children served now. */
  children(): Downstream[] {
    return this.all().flatMap((branch) => (branch.child === undefined ? [] : [branch.child]))
  }

  /** Whether every branch has ended: its child is done or was given up. */
  get idle(): boolean {
    return this.all().every((branch) => branch.child?.done === true)
  }

  /** How many children are being served or sent for: of those that ask in one moment, no more are taken than there is room for. */
  get served(): number {
    return this.all().filter((branch) => branch.child?.done !== true).length
  }

  /** Whether anybody is served, or was sent for, in the stripe. */
  servesIn(stripe: number): boolean {
    return this.all().some((branch) => branch.stripe === stripe && branch.child?.done !== true)
  }

  /** Whether a terminal is a child, or was sent for. */
  isExpecting(handle: number, stripe: number): boolean {
    return this.all().some((branch) => isOf(branch, handle, stripe) && branch.child?.done !== true)
  }

  /** Whether a terminal is sent for, and not reached yet. */
  isDialling(handle: number, stripe: number): boolean {
    return this.all().some((branch) => isOf(branch, handle, stripe) && branch.child === undefined)
  }

  /** Those served now that are of no tree of this node's. */
  adopted(): Pick<Downstream, 'handle' | 'stripe'>[] {
    return this.all().flatMap(({ isAdopted, child }) => (isAdopted && child?.done === false ? [child] : []))
  }

  /** The child that is being served under this handle. */
  find(handle: number, stripe: number): Downstream | undefined {
    return this.children().find((child) => child.handle === handle && child.stripe === stripe && !child.done)
  }

  /** The branch of a child; undefined for one that was given up. */
  of(child: Downstream): Branch | undefined {
    return this.all().find((branch) => branch.child === child)
  }

  /** As they are now: branches may come and go while the list is gone through. */
  all(): Branch[] {
    return [...this.#branches]
  }

  add(branch: Branch): void {
    this.#branches.add(branch)
  }

  delete(branch: Branch): void {
    this.#branches.delete(branch)
  }

  clear(): void {
    this.#branches.clear()
  }
}

function isOf({ stripe, trial }: Branch, handle: number, inStripe: number): boolean {
  return stripe === inStripe && trial.relay.ticket.handle === handle
}
