/**
 * One content that this node provides from its own disk, as the first server of a transfer or in its place: reads it, seals it, offers
 * the packet tables to the main server, and serves whom the main server names.
 *
 *   packets sealed → segment full → table offered ──signed──► its packets are served
 *
 * Guarantee: nothing is sent before the main server has signed the table that describes it, and it signs one table for each segment:
 * however often a content is provided, and by whom, no two cipher texts go out under one nonce. The disk is only read.
 */

import type { ProvidedContent } from '../content/provided-content.ts'
import { StoredContent, shapeOf } from '../content/stored-content.ts'
import type { ReadableStream } from '../content/tree-stream.ts'
import { packetCuts } from '../seal/packet-cuts.ts'
import { decodePacketTable, encodePacketTable, type SignBytes } from '../seal/packet-table-codec.ts'
import type { SealedPacket } from '../seal/sealer.ts'
import type { Clock } from '../system/clock.ts'
import { invariant, TreecastError } from '../system/errors.ts'
import { giveBack } from '../system/packet-memory.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { reasonOf } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import { type HeldTicket, readTicket } from './downstream.ts'
import type { SealingFacts } from './sealing-facts.ts'
import { type MadePacket, type Segment, SegmentBuilder, type SegmentOptions } from './segment-builder.ts'
import { type SendLimit, sendLimits } from './send-limit.ts'
import { Serving } from './serving.ts'
import type { SocketControl } from './socket-control.ts'

/** What a provided content says to the main server. */
export interface ProvisionReports {
  tableOffer(offer: MessageBody<'tableOffer'>): void
  cannotProvide(reason: MessageBody<'cannotProvide'>): void
  /** `target` cannot be reached by this node. */
  failure(failure: MessageBody<'failure'>): void
}

export interface ProvisionOptions {
  readonly clock: Clock
  readonly sockets: SocketControl
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
  readonly sealing: SealingFacts
  readonly compression: SegmentOptions['compression']
  readonly provided: ProvidedContent
  /** How fast this node may send all transfers together. */
  readonly sendLimit?: SendLimit | undefined
  /** Signs an offered table with this node's own key. */
  readonly signTable: SignBytes
  readonly reports: ProvisionReports
}

/** Read at once. */
const PIECE_BYTES = 256 * 1024

type Relay = MessageBody<'provide'>['relays'][number]

export class Provision {
  readonly serving: Serving
  readonly #options: ProvisionOptions
  readonly #content: StoredContent
  #offered: { readonly bytes: Uint8Array; readonly packets: readonly SealedPacket[]; signed(): void } | undefined
  #stopped = false
  #making: Promise<void> = Promise.resolve()

  constructor(options: ProvisionOptions) {
    const { clock, sockets, manifest, signedManifest, ticket, sealing, provided, reports } = options
    this.#options = options
    const { transfer, fanOut } = manifest
    this.#content = new StoredContent(provided.stream, shapeOf(manifest))
    this.serving = new Serving({
      ...{ clock, sockets, transfer, sealing, fanOut, content: this.#content },
      limits: sendLimits(options, manifest),
      manifest: signedManifest,
      ownTicket: ticket.signed,
      isFirst: true,
      events: {
        acknowledged: () => undefined,
        failed: ({ target, stripe, error, exhausted }) =>
          reports.failure({
            ...{ transfer, stripe, about: 'downstream', handle: target.ticket.handle, final: exhausted },
            ...reasonOf(error),
          }),
        closed: () => undefined,
      },
    })
  }

  get manifest(): Manifest {
    return this.#options.manifest
  }

  /** The plain bytes; its reader need not close it. */
  get stream(): ReadableStream {
    const { stream } = this.#options.provided
    return { read: (at, length) => stream.read(at, length), close: async () => undefined }
  }

  /** Reads the content, from its start to its end. */
  start(): void {
    this.#making = this.#making
      .then(() => this.#make())
      .catch((error: unknown) => {
        if (!this.#stopped) this.cannot(error)
      })
  }

  /** Serves these too. */
  relay(relays: readonly Relay[]): void {
    for (const { stripe, below, upstreams } of relays) {
      this.serving.routing.relay({ stripe, depth: 1, below: below.map(readTicket), upstreams })
    }
  }

  /** Serves one that the main server has sent here, or says that there is no room. */
  adopt(target: HeldTicket, stripe: number): boolean {
    const { fanOut, stripes } = this.manifest
    if (this.serving.routing.branches.served >= fanOut + stripes * LIMITS.adoptedChildren) return false
    this.serving.routing.adopt(target, stripe, 1)
    return true
  }

  /** The main server has signed the table that was offered last. */
  tableSigned({ segment, signature }: MessageBody<'tableSigned'>): void {
    const offered = this.#offered
    if (offered === undefined || segment !== this.#content.segments) return
    const bytes = offered.bytes.slice()
    bytes.set(signature, bytes.length - signature.length)
    // The main server's own link said so: its signature is the receivers' to check.
    const table = decodePacketTable(bytes, () => true)
    invariant(this.#content.addTable(table, bytes) === undefined, 'tables are offered in order')
    for (const { index } of offered.packets) this.#content.markHeld(index)
    this.serving.tableArrived(segment)
    for (const { index, sealed } of offered.packets) this.serving.packetSealed(index, sealed)
    this.#offered = undefined
    offered.signed()
  }

  /** Says the offered table once more: the main server was away. */
  offerAgain(): void {
    if (this.#offered !== undefined) this.#offer(this.#offered.bytes)
  }

  async stop(): Promise<void> {
    this.#stopped = true
    this.serving.stop()
    this.#offered?.signed()
    await this.#making
    await this.#options.provided.stream.close()
  }

  /** This node cannot provide the content after all. */
  cannot(error: unknown): void {
    this.#options.reports.cannotProvide({ transfer: this.manifest.transfer, ...reasonOf(error) })
  }

  async #make(): Promise<void> {
    const { manifest, sealing, compression, provided } = this.#options
    const entryListBytes = manifest.entryList?.bytes ?? 0
    const cuts = packetCuts(manifest.cut, manifest.packetBytes)
    const builder = new SegmentBuilder({ sealing, cuts, entryListBytes, compression })
    const signFull = async (made: Iterable<MadePacket>) => {
      for (const { full } of made) if (full !== undefined) await this.#sign(full)
    }
    while (builder.bytes < provided.bytes && !this.#stopped) {
      const wanted = Math.min(PIECE_BYTES, provided.bytes - builder.bytes)
      const piece = await provided.stream.read(builder.bytes, wanted)
      if (piece.length < wanted) throw changed()
      await signFull(builder.add(piece))
      giveBack(piece)
    }
    if (this.#stopped) return
    await signFull(builder.rest())
    const { rest, closing } = builder.end()
    if (rest !== undefined) await this.#sign(rest)
    await this.#sign({ table: closing, packets: [] })
  }

  async #sign({ table, packets }: Segment): Promise<void> {
    if (this.#stopped) return
    const bytes = encodePacketTable(table, this.#options.signTable)
    const { promise, resolve } = Promise.withResolvers<void>()
    this.#offered = { bytes, packets, signed: resolve }
    this.#offer(bytes)
    await promise
  }

  #offer(table: Uint8Array): void {
    this.#options.reports.tableOffer({ transfer: this.manifest.transfer, table })
  }
}

function changed(): TreecastError {
  return new TreecastError('E_PATH_CHANGED', 'the content became shorter while it was read: push it again')
}
