/**
 * The checks of a transport request that need no content: the manifest's signature, this terminal's own ticket, the shape of the trees, the
 * sender's right to serve, and that of everyone whom this terminal is to dial. A sender whose request fails one has broken the rules.
 */

import type { Conversation } from '../link/conversation.ts'
import { TreecastError } from '../system/errors.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import { areUpstreams } from '../tree/shares.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { MessageBody } from '../wire/messages.ts'
import { decodeManifest, type Manifest } from '../wire/signed-documents.ts'
import { type HeldTicket, peerOf, readTicket } from './downstream.ts'
import type { RelayTask } from './routing-control.ts'
import type { Peer } from './socket-control.ts'
import type { TicketDesk } from './ticket-desk.ts'
import type { UpstreamOffer } from './upstream-routing.ts'

export interface RequestAdmissionOptions {
  readonly tickets: TicketDesk
  /** This terminal's node id. */
  readonly node: string
  readonly main: Peer
  readonly isManifestSigned: (signed: SignedBytes) => boolean
}

/** How to answer the link that a request came on. */
export interface RequestOrigin {
  readonly fromMain: boolean
  /** The link itself when its sender takes requests on it: the pusher of the transfer. */
  readonly direct: Conversation | undefined
  /** The ticket under which the sender serves; undefined for the main server. @throws E_TICKET */
  readonly sender: (transfer: number) => HeldTicket | undefined
  /** The sender broke the rules: its link ends. */
  readonly refuse: (error: Error) => void
  /** This terminal cannot take the transfer, and says why. */
  readonly failed: (failure: MessageBody<'failure'>) => void
}

/** What the main server signed of a transfer and of this terminal's place in it. */
export interface Admission {
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
}

/** A transport request that was checked: its sender offers to serve one stripe. */
export interface CheckedRequest extends UpstreamOffer, Pick<RelayTask, 'below' | 'upstreams'> {}

export class RequestAdmission {
  readonly #options: RequestAdmissionOptions

  constructor(options: RequestAdmissionOptions) {
    this.#options = options
  }

  /** @throws E_MANIFEST, E_TICKET */
  admit(body: Pick<MessageBody<'transportRequest'>, 'manifest' | 'ticket'>): Admission {
    const { isManifestSigned, tickets, node } = this.#options
    if (!isManifestSigned(body.manifest)) {
      throw new TreecastError('E_MANIFEST', 'a manifest is not signed by the main server')
    }
    const manifest = decodeManifest(body.manifest.payload)
    const ticket = tickets.check(body.ticket)
    if (ticket.ticket.node !== node || ticket.ticket.transfer !== manifest.transfer) {
      throw new TreecastError('E_TICKET', 'a transport request carries a ticket of another terminal or transfer')
    }
    return { manifest, signedManifest: body.manifest, ticket }
  }

  /** @throws E_STRIPE, E_TREE, E_TICKET, E_SERVER */
  check(body: MessageBody<'transportRequest'>, { manifest }: Admission, origin: RequestOrigin): CheckedRequest {
    if (body.stripe >= manifest.stripes) throw new TreecastError('E_STRIPE', `stripe ${body.stripe} does not exist`)
    if (body.upstreams !== null && !areUpstreams(body.upstreams, body.below.length)) {
      throw new TreecastError('E_TREE', 'a transport request places a target below one that comes after it')
    }
    const sender = origin.sender(manifest.transfer)
    if ((body.server === null) !== origin.fromMain) {
      throw new TreecastError('E_SERVER', 'a transport request names another server than the one that sent it')
    }
    if ((origin.direct !== undefined) !== (sender?.ticket.node === manifest.pusher)) {
      throw new TreecastError(
        'E_SERVER',
        'a direct link comes from the pusher that the manifest names, and from nobody else',
      )
    }
    return {
      stripe: body.stripe,
      upstream: sender?.ticket.handle ?? FIRST_SERVER_HANDLE,
      server: origin.direct ?? (sender === undefined ? this.#options.main : peerOf(sender.ticket)),
      depth: body.depth,
      below: body.below.map((signed) => this.#targetOf(signed, manifest, origin)),
      upstreams: body.upstreams,
      tellServer: origin.failed,
    }
  }

  /** Whom to relay to: another terminal's word for it is not enough, this one would dial wherever it is told to. */
  #targetOf(signed: SignedBytes, { transfer }: Manifest, { fromMain }: RequestOrigin): HeldTicket {
    const held = fromMain ? readTicket(signed) : this.#options.tickets.check(signed)
    if (held.ticket.transfer === transfer) return held
    throw new TreecastError('E_TICKET', 'a transport request names a target of another transfer')
  }
}
