/**
 * The nodes that provide a transfer's content in the place of the main server, which has only its packet tables: the first server that
 * the push named, and any terminal that has received the content. One of them provides at a time.
 */

import type { NodeId } from '../identity/node-id.ts'
import type { CompressionWish } from '../seal/compression-choice.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Reason } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { DeliveryView } from './delivery-view.ts'

export interface Provider {
  readonly node: NodeId
  readonly name: string
  /** Its number in the transfer: that of its delivery when it is a target, else the one after all of theirs. */
  readonly handle: number
  /** What it provides: a path of its own. */
  readonly path: string
  /** Undefined until it is here. */
  readonly held: HeldTicket | undefined
}

/** What an operator that is the first server of its own push is called. No terminal has that name. */
export const PUSHER_NAME = 'pusher'

/** The first server of a push that is not the main server. */
export interface FirstServer extends Provider {
  held: HeldTicket | undefined
  readonly isPusher: boolean
}

export interface ProvidersOptions {
  /** Undefined when the main server was it, and has the bytes no more. */
  readonly first: FirstServer | undefined
  readonly deliveries: readonly DeliveryView[]
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly compression: CompressionWish
  readonly isPresent: (node: NodeId) => boolean
  readonly provide: (node: NodeId, body: MessageBody<'provide'>) => void
}

type Relays = MessageBody<'provide'>['relays']

export class Providers {
  readonly #options: ProvidersOptions
  readonly #failed = new Set<NodeId>()
  /** Those that were asked to provide, and will be told when that is over. */
  readonly #asked = new Set<NodeId>()
  #current: NodeId | undefined

  constructor(options: ProvidersOptions) {
    this.#options = options
  }

  get first(): FirstServer | undefined {
    return this.#options.first
  }

  /** Those that were asked to provide. */
  get asked(): readonly NodeId[] {
    return [...this.#asked]
  }

  /** Who has the content, the best first, here or not. */
  candidates(): Provider[] {
    const { first, deliveries, manifest } = this.#options
    const tops = manifest.entryList?.tops.length ?? 1
    const holders = deliveries.filter((delivery) => mayProvide([delivery], tops) && delivery.node !== first?.node)
    const path = manifest.destination
    const held = holders.map((delivery) => ({ ...delivery, path }))
    return [...(first === undefined ? [] : [first]), ...held].filter(({ node }) => !this.#failed.has(node))
  }

  /** Who provides now; undefined when nobody who could is here. */
  get current(): Provider | undefined {
    const here = this.candidates().filter(({ node, held }) => held !== undefined && this.#options.isPresent(node))
    const chosen = here.find(({ node }) => node === this.#current) ?? here[0]
    this.#current = chosen?.node
    return chosen
  }

  /** Whether it is the operator that pushed. It dials, and can neither be dialled nor sent for. */
  isPusher({ node }: Pick<Provider, 'node'>): boolean {
    const { first } = this.#options
    return first?.isPusher === true && first.node === node
  }

  /** Whether who provides now can serve a terminal with this address. */
  mayServe(address: string | null): boolean {
    return this.current !== undefined && !(this.isPusher(this.current) && address === null)
  }

  /** Has these served by who provides now. @returns false when there is nobody */
  serve(relays: Relays): boolean {
    const provider = this.current
    if (provider?.held === undefined) return false
    const { signedManifest, compression, provide } = this.#options
    this.#asked.add(provider.node)
    const { held, path } = provider
    provide(provider.node, { manifest: signedManifest, ticket: held.signed, compression, path, relays: [...relays] })
    return true
  }

  /** Whether nobody provides it, and who did at first will not again: the pusher is gone, or the terminal has it no more. */
  get isForsaken(): boolean {
    const { first } = this.#options
    if (first === undefined || this.current !== undefined) return false
    return first.isPusher || this.#failed.has(first.node)
  }

  /** Whether nobody else will ever provide it either. */
  get isLost(): boolean {
    const { deliveries, manifest } = this.#options
    if (!this.isForsaken) return false
    // What waits for its time will be at its destination.
    const awaited = deliveries.map((delivery) =>
      delivery.state === 'received' ? { ...delivery, state: 'active' as const } : delivery,
    )
    const willProvide = mayProvide(
      awaited.filter(({ node }) => !this.#failed.has(node)),
      manifest.entryList?.tops.length ?? 1,
    )
    return !willProvide
  }

  /** Why a terminal gets nothing while nobody who could provide is here, and what to do about it. */
  lack(terminal: string): Reason {
    const { first } = this.#options
    const gone = first?.isPusher === false ? `terminal ${first.name} has it no more` : 'the pusher is gone'
    const message = this.isLost
      ? `${gone}, and no terminal that could pass it on has all of it: push it again`
      : `nobody who has the content is here: terminal ${terminal} gets it when one of them is back`
    return { code: 'E_NO_PROVIDER', message }
  }

  /** A terminal that may provide gets its ticket. */
  admit(node: NodeId, held: HeldTicket): void {
    const { first, deliveries } = this.#options
    if (first?.node === node) first.held = held
    const delivery = deliveries.find((target) => target.node === node)
    if (delivery !== undefined) delivery.held = held
  }

  /** A terminal came back, maybe as a new process that knows nothing of what it provided. */
  arrived(node: NodeId): void {
    if (this.#asked.has(node) && this.current?.node === node) this.serve([])
  }

  /** It cannot provide the content. @returns whether that is news */
  failed(node: NodeId): boolean {
    const isNews = this.#asked.has(node) && !this.#failed.has(node)
    if (isNews) this.#failed.add(node)
    return isNews
  }

  /** Its terminal was cut off: it will never provide the content. */
  revoked(node: NodeId): void {
    this.#failed.add(node)
  }

  /** Whether it cannot provide the content, though it has it or had it. */
  hasFailed(node: NodeId): boolean {
    return this.#failed.has(node)
  }

  /** The handle of a node that was to provide, as operators see it; undefined when it is nobody's in this transfer. */
  handleOf(node: NodeId): number | undefined {
    const { first, deliveries } = this.#options
    const handle = first?.node === node ? first.handle : deliveries.find((delivery) => delivery.node === node)?.handle
    return handle === undefined ? undefined : this.shownHandle(handle)
  }

  /** A handle that a terminal named as its upstream, as operators see it; undefined when it is nobody's in this transfer. */
  shownHandle(handle: number): number | undefined {
    if (handle === FIRST_SERVER_HANDLE) return handle
    const { first, deliveries } = this.#options
    if (deliveries.some((delivery) => delivery.handle === handle)) return handle
    return handle === first?.handle ? FIRST_SERVER_HANDLE : undefined
  }
}

/** Whether one of these has a content of so many tops where it can provide it: at its destination. Several tops are no one path. */
export function mayProvide(deliveries: readonly Pick<DeliveryView, 'state' | 'leaf'>[], tops: number): boolean {
  return tops === 1 && deliveries.some(({ state, leaf }) => !leaf && state === 'active')
}
