/** The contents that this node provides to others: opens each when the main server says so, and lets it go when it is needed no more. */

import type { ProvidedContent } from '../content/provided-content.ts'
import type { ReadableStream } from '../content/tree-stream.ts'
import { openCommitted } from '../seal/content-key.ts'
import { sameBytes } from '../seal/digests.ts'
import type { SignBytes } from '../seal/packet-table-codec.ts'
import type { Clock } from '../system/clock.ts'
import { messageOf, TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import { CIPHER } from '../wire/codes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { MessageBody } from '../wire/messages.ts'
import { reasonOf } from '../wire/reason.ts'
import { decodeManifest, type Manifest } from '../wire/signed-documents.ts'
import { Provision, type ProvisionReports } from './provision.ts'
import type { SendLimit } from './send-limit.ts'
import type { SocketControl } from './socket-control.ts'
import type { TicketDesk } from './ticket-desk.ts'

export interface ProvisionsOptions {
  readonly clock: Clock
  readonly log: Log
  readonly sockets: SocketControl
  readonly tickets: TicketDesk
  /** This node's id. */
  readonly node: string
  readonly isManifestSigned: (signed: SignedBytes) => boolean
  /** The secret that wraps keys between the main server and this node. */
  readonly sharedKey: Uint8Array
  readonly signTable: SignBytes
  /** How fast this node may send all transfers together. */
  readonly sendLimit?: SendLimit | undefined
  readonly reports: ProvisionReports
  /** What lies at a path that the main server names, under the last name that it is to have. @throws why it may not be read */
  readonly open: (path: string, name: string) => Promise<ProvidedContent>
  /** A content is open, and provided from now on: this node may be about to receive it too. */
  readonly began?: (transfer: number, content: ReadableStream) => void
}

export class Provisions {
  readonly #options: ProvisionsOptions
  readonly #provisions = new Map<number, Promise<Provision>>()
  readonly #open = new Map<number, Provision>()

  constructor(options: ProvisionsOptions) {
    this.#options = options
  }

  find(transfer: number): Provision | undefined {
    return this.#open.get(transfer)
  }

  /** Whether it is about to be provided. */
  isOpening(transfer: number): boolean {
    return this.#provisions.has(transfer) && !this.#open.has(transfer)
  }

  /** The plain bytes of what is provided, once it is open: this node may be a target too. */
  async opened(transfer: number): Promise<ReadableStream | undefined> {
    const provision = await this.#provisions.get(transfer)?.catch(() => undefined)
    return provision?.stream
  }

  all(): IterableIterator<Provision> {
    return this.#open.values()
  }

  /** The main server wants a content provided to these terminals. Never rejects: what fails is reported. */
  async provide(body: MessageBody<'provide'>): Promise<void> {
    let transfer: number | undefined
    try {
      if (!this.#options.isManifestSigned(body.manifest)) {
        throw new TreecastError('E_MANIFEST', 'a manifest is not signed by the main server')
      }
      const manifest = decodeManifest(body.manifest.payload)
      transfer = manifest.transfer
      const known = this.#provisions.get(transfer)
      const opening = known ?? this.#create(manifest, body)
      this.#provisions.set(transfer, opening)
      const provision = await opening
      // It was dismissed while it was opened.
      if (this.#provisions.get(transfer) !== opening) return
      if (known === undefined) {
        this.#open.set(transfer, provision)
        provision.start()
        this.#options.began?.(transfer, provision.stream)
      }
      provision.relay(body.relays)
    } catch (error) {
      if (transfer === undefined)
        return this.#options.log.warn('a content is not provided', { error: messageOf(error) })
      this.#provisions.delete(transfer)
      const reason = reasonOf(error)
      this.#options.log.warn('a content cannot be provided', { transfer, error: reason.message })
      this.#options.reports.cannotProvide({ transfer, ...reason })
    }
  }

  tableSigned(signed: MessageBody<'tableSigned'>): void {
    this.find(signed.transfer)?.tableSigned(signed)
  }

  /** The main server is there again. */
  offerAgain(): void {
    for (const provision of this.all()) provision.offerAgain()
  }

  /** Nobody needs the content from here any more. Harmless to repeat. */
  async dismiss(transfer: number): Promise<void> {
    const opening = this.#provisions.get(transfer)
    this.#provisions.delete(transfer)
    this.#open.delete(transfer)
    const provision = await opening?.catch(() => undefined)
    await provision?.stop()
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#provisions.keys()].map((transfer) => this.dismiss(transfer)))
  }

  async #create(manifest: Manifest, body: MessageBody<'provide'>): Promise<Provision> {
    const { tickets, node, sharedKey, open } = this.#options
    const ticket = tickets.check(body.ticket)
    if (ticket.ticket.node !== node || ticket.ticket.transfer !== manifest.transfer) {
      throw new TreecastError('E_TICKET', 'the ticket is of another node or transfer')
    }
    const key = openCommitted(ticket.ticket.wrappedKey, sharedKey, manifest.keyCommitment)
    if (key === undefined) throw new TreecastError('E_KEY', 'the content key is not for this node')
    const provided = await open(body.path, lastName(manifest.destination))
    if (!isAsDescribed(provided, manifest)) {
      await provided.stream.close()
      const message = 'it is not the content any more that the transfer was made for'
      throw new TreecastError('E_PATH_CHANGED', message)
    }
    return new Provision({
      ...this.#options,
      ...{ manifest, signedManifest: body.manifest, ticket, compression: body.compression, provided },
      sealing: { transfer: manifest.transfer, key, cipher: CIPHER[manifest.cipher] },
    })
  }
}

/** The name under which what is provided lands. */
function lastName(path: string): string {
  return path.slice(path.lastIndexOf('/') + 1)
}

function isAsDescribed({ bytes, entryList }: ProvidedContent, manifest: Manifest): boolean {
  if (manifest.bytes !== null && bytes !== manifest.bytes) return false
  if (entryList === null || manifest.entryList === null) return entryList === manifest.entryList
  return sameBytes(entryList.digest, manifest.entryList.digest)
}
