/**
 * Where the trees of a running transfer have its content from: the main server itself, or one of those who provide it in its place.
 * Decides what happens to the deliveries when a provider fails, is missing, or comes back.
 */

import type { NodeId } from '../identity/node-id.ts'
import { isDelivered } from '../registry/delivery-state.ts'
import type { DeliveryBook } from './delivery-book.ts'
import { type DeliveryView, isSettled } from './delivery-view.ts'
import type { Providers } from './providers.ts'
import type { Rescuer } from './rescuer.ts'
import type { TreeStart } from './tree-start.ts'

export interface ContentOriginOptions {
  /** Undefined when the main server has the bytes. */
  readonly providers: Providers | undefined
  /** Whether anybody was to be served when the transfer began. */
  readonly isPlanned: boolean
  readonly deliveries: readonly DeliveryView[]
  readonly book: Pick<DeliveryBook, 'byNode'>
  readonly trees: Pick<TreeStart, 'hasAsked' | 'serveSoon'>
  readonly rescuer: Pick<Rescuer, 'providerFailed'>
  /** Whether a terminal is here now. */
  readonly isPresent: (node: NodeId) => boolean
  /** Something changed that watchers see. */
  readonly changed: () => void
}

export class ContentOrigin {
  readonly #options: ContentOriginOptions

  constructor(options: ContentOriginOptions) {
    this.#options = options
  }

  /** Who has the bytes when the main server has only the tables. */
  get providers(): Providers | undefined {
    return this.#options.providers
  }

  /** Whether there is somebody to serve from: the main server itself, or another who has the content. */
  get isHere(): boolean {
    return this.providers === undefined || this.providers.current !== undefined
  }

  /** Whether nobody was here to provide the content when the trees were to begin, and its terminal was not asked since. */
  isUnasked({ state, handle }: DeliveryView): boolean {
    return this.#options.isPlanned && state === 'planned' && !this.#options.trees.hasAsked(handle)
  }

  /** Nobody who has the content is here: it stays owed, and says why. */
  lackedBy(delivery: DeliveryView): void {
    delivery.error = this.providers?.lack(delivery.name) ?? null
    this.#options.changed()
  }

  /** A node that was to provide the content cannot: the next holder does. @returns whether that is news */
  failed(node: NodeId): boolean {
    if (this.providers?.failed(node) !== true) return false
    this.#options.rescuer.providerFailed(node)
    this.#sendForPlanned()
    return true
  }

  /** Who may provide the content is here, maybe as a new process that knows nothing of it. */
  arrived(node: NodeId): void {
    const { book, trees } = this.#options
    const delivery = book.byNode(node)
    const isCurrent = this.providers?.current?.node === node
    // It reads what it is still to get itself from what it provides, and has only the tables from here.
    if (isCurrent && delivery?.held !== undefined && !isSettled(delivery) && !isDelivered(delivery.state))
      trees.serveSoon(delivery.held)
    else this.providers?.arrived(node)
  }

  /** Those that have heard of nobody yet may have been left to a provider that failed. A second request only offers another upstream. */
  #sendForPlanned(): void {
    if (!this.isHere) return
    const { deliveries, trees, isPresent } = this.#options
    for (const { state, held, node } of deliveries) {
      if (state === 'planned' && held !== undefined && isPresent(node)) trees.serveSoon(held)
    }
  }
}
