/**
 * The transfers at this terminal: admits a transport request after every check that needs no content, and starts, resumes and lets go of
 * transfers.
 *
 * Order of checks: manifest's signature, this terminal's own ticket, the sender's right to serve, the destination's name, what is known of
 * the transfer, the key, what is at the destination, the free space. Nothing is written before all of them hold.
 */

import { clearStaging, createStaged, removeStaged, stagedPath } from '../content/inbox.ts'
import { PacketSet } from '../content/packet-set.ts'
import { putBack } from '../content/publishing.ts'
import { StoredContent, shapeOf } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import type { ReadableStream } from '../content/tree-stream.ts'
import { openCommitted } from '../seal/content-key.ts'
import { decodePacketTable } from '../seal/packet-table-codec.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import { FIRST_SERVER_HANDLE } from '../tree/plan.ts'
import { areUpstreams } from '../tree/shares.ts'
import { CIPHER } from '../wire/codes.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { MessageBody } from '../wire/messages.ts'
import { decodeManifest, type Manifest } from '../wire/signed-documents.ts'
import { refuseContent } from './acceptance.ts'
import { publicationOf, superseded } from './delivery.ts'
import { type HeldTicket, peerOf, readTicket } from './downstream.ts'
import { earlierContent } from './earlier-content.ts'
import type { TransferOutcome } from './first-outcome.ts'
import { type CheckedRequest, IncomingTransfer, type TerminalMeans } from './incoming-transfer.ts'
import { OwnContent } from './own-content.ts'
import type { TimedWork } from './publication-times.ts'
import type { SealingFacts } from './sealing-facts.ts'
import type { Peer } from './socket-control.ts'
import type { KeptTransfer } from './state-file.ts'
import type { TicketDesk } from './ticket-desk.ts'
import { TimedPublication } from './timed-publication.ts'

export interface TransferTableOptions {
  readonly means: TerminalMeans
  readonly tickets: TicketDesk
  /** This terminal's node id. */
  readonly node: string
  readonly main: Peer
  /** A transfer has come to an end here; the same one may do so again. */
  readonly outcome?: (outcome: TransferOutcome) => void
  readonly isManifestSigned: (signed: SignedBytes) => boolean
  /** The secret that wraps keys between the main server and this terminal. */
  readonly sharedKey: Uint8Array
  /** The plain bytes of a transfer that this terminal provides itself. */
  readonly provided: (transfer: number) => Promise<ReadableStream | undefined>
}

/** How to answer the link that a request came on. */
export interface RequestOrigin {
  readonly fromMain: boolean
  /** The ticket under which the sender serves; undefined for the main server. @throws E_TICKET */
  readonly sender: (transfer: number) => HeldTicket | undefined
  /** The sender broke the rules: its link ends. */
  readonly refuse: (error: Error) => void
  /** This terminal cannot take the transfer, and says why. */
  readonly failed: (failure: MessageBody<'failure'>) => void
}

interface Admission {
  readonly manifest: Manifest
  readonly signedManifest: SignedBytes
  readonly ticket: HeldTicket
}

export class TransferTable {
  readonly #options: TransferTableOptions
  readonly #transfers = new Map<number, IncomingTransfer>()
  /** Transfers whose files are being opened. */
  readonly #opening = new Map<number, Promise<IncomingTransfer>>()
  readonly #timed: TimedPublication

  constructor(options: TransferTableOptions) {
    this.#options = options
    const outcome = (what: TransferOutcome) => options.outcome?.(what)
    this.#timed = new TimedPublication({ means: options.means, find: (transfer) => this.find(transfer), outcome })
  }

  find(transfer: number): IncomingTransfer | undefined {
    return this.#transfers.get(transfer)
  }

  all(): IterableIterator<IncomingTransfer> {
    return this.#transfers.values()
  }

  get size(): number {
    return this.#transfers.size
  }

  /** A transport request came in; the origin hears of a refusal, the main server of a failure. */
  async request(body: MessageBody<'transportRequest'>, origin: RequestOrigin): Promise<void> {
    let admission: Admission
    let request: CheckedRequest
    try {
      admission = this.#admit(body)
      request = this.#check(body, admission, origin)
    } catch (error) {
      origin.refuse(error instanceof Error ? error : new Error(String(error)))
      return
    }
    try {
      const transfer = await this.#open(admission)
      await transfer.request(request)
    } catch (error) {
      this.#fail(admission, request, error, origin)
    }
  }

  /** The main server called a transfer off. */
  async cancel({ transfer, code, message }: MessageBody<'cancel'>): Promise<void> {
    await this.#opening.get(transfer)?.catch(() => undefined)
    const open = this.find(transfer)
    if (open !== undefined) await open.cancel({ code, message })
    else await this.#timed.cancel(transfer)
  }

  /** The main server names a new upstream. @throws E_TICKET when it did not sign the ticket */
  reroute({ transfer, stripe, upstream }: MessageBody<'reroute'>): void {
    if (upstream !== null) void this.find(transfer)?.upstreams.reroute(stripe, this.#options.tickets.check(upstream))
  }

  /** The main server is there again. */
  reportRoutes(): void {
    for (const transfer of this.all()) transfer.reportRoute()
  }

  /** Goes on with what a stop or a crash left unfinished. */
  async resume(): Promise<void> {
    const { state, files, inbox } = this.#options.means
    const unfinished = await state.unfinished()
    await clearStaging(files, inbox, new Set(unfinished.map(({ transfer }) => transfer)))
    for (const kept of unfinished) {
      if (kept.stage === 'received') await this.#putBack(kept)
      // Opened when it is needed: it may have long to wait.
      if (kept.stage === 'received' && (kept.activateAtMs !== null || kept.deactivateAtMs !== null)) continue
      try {
        const transfer = await this.#reopen(kept)
        transfer.resume()
      } catch (error) {
        this.#options.means.log.warn('an unfinished transfer cannot be resumed', {
          transfer: kept.transfer,
          error: messageOf(error),
        })
        await state.forget(kept.transfer)
        await removeStaged(files, inbox, kept.transfer)
      }
    }
  }

  /** It may have been stopped between the two renames that replace something. */
  async #putBack({ transfer, manifest }: KeptTransfer): Promise<void> {
    const { files, inbox, log } = this.#options.means
    try {
      await putBack(files, inbox, publicationOf(decodeManifest(manifest.payload)))
    } catch (error) {
      log.error('what was to be replaced could not be put back', { transfer, error: messageOf(error) })
    }
  }

  /** What to do when a transfer's time has come. */
  get timed(): TimedWork {
    return this.#timed
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#transfers.values()].map((transfer) => transfer.stop()))
    this.#transfers.clear()
  }

  #admit(body: MessageBody<'transportRequest'>): Admission {
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

  #check(body: MessageBody<'transportRequest'>, { manifest }: Admission, origin: RequestOrigin): CheckedRequest {
    if (body.stripe >= manifest.stripes) throw new TreecastError('E_STRIPE', `stripe ${body.stripe} does not exist`)
    if (body.upstreams !== null && !areUpstreams(body.upstreams, body.below.length)) {
      throw new TreecastError('E_TREE', 'a transport request places a target below one that comes after it')
    }
    const sender = origin.sender(manifest.transfer)
    if ((body.server === null) !== origin.fromMain) {
      throw new TreecastError('E_SERVER', 'a transport request names another server than the one that sent it')
    }
    return {
      stripe: body.stripe,
      upstream: sender?.ticket.handle ?? FIRST_SERVER_HANDLE,
      server: sender === undefined ? this.#options.main : peerOf(sender.ticket),
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

  #open(admission: Admission): Promise<IncomingTransfer> {
    const { transfer } = admission.manifest
    const open = this.#transfers.get(transfer)
    if (open !== undefined) return Promise.resolve(open)
    const opening = this.#opening.get(transfer) ?? this.#create(admission)
    this.#opening.set(transfer, opening)
    return opening.finally(() => this.#opening.delete(transfer))
  }

  async #create(admission: Admission): Promise<IncomingTransfer> {
    const { manifest, signedManifest, ticket } = admission
    const { means } = this.#options
    const { transfer, destination, activateAtMs, deactivateAtMs } = manifest
    const sealing = this.#sealingOf(manifest, ticket)
    await this.#refuseWhatIsThere(transfer)
    const received = (await means.state.unfinished()).find(
      (kept) => kept.transfer === transfer && kept.stage === 'received',
    )
    if (received !== undefined) {
      // Its last step failed before: that is all there is to do again.
      const incoming = await this.#reopen(received)
      incoming.resume()
      return incoming
    }
    await this.#refuseWhatCannotBe(manifest)
    const file = await createStaged(means.files, means.inbox, transfer)
    const times = { transfer, activateAtMs, deactivateAtMs }
    const destinations = topsOf(manifest).map((top) => top.destination)
    const signed = { manifest: signedManifest, ticket: ticket.signed }
    try {
      await means.state.begin({ ...times, destination, destinations, ...signed })
    } catch (error) {
      await file.close()
      await removeStaged(means.files, means.inbox, transfer)
      throw error
    }
    means.times.schedule({ ...times, stage: 'receiving' })
    const content = new StoredContent(file, shapeOf(manifest))
    const own = await this.#options.provided(transfer)
    const earlier = own ? new OwnContent(own) : earlierContent(means, manifest)
    return this.#add({ manifest, signedManifest, ticket, sealing, file, content, stage: 'receiving', earlier })
  }

  async #reopen(kept: KeptTransfer): Promise<IncomingTransfer> {
    const { means } = this.#options
    const manifest = decodeManifest(kept.manifest.payload)
    const ticket = readTicket(kept.ticket)
    const file = await this.#openKept(kept)
    const content = new StoredContent(file, shapeOf(manifest), new PacketSet(kept.durable))
    for (const bytes of kept.tables) content.addTable(decodePacketTable(bytes, means.verifyTable), bytes)
    const sealing = this.#sealingOf(manifest, ticket)
    const { stage } = kept
    const earlier = stage === 'receiving' ? earlierContent(means, manifest) : undefined
    return this.#add({ manifest, signedManifest: kept.manifest, ticket, sealing, file, content, stage, earlier })
  }

  async #openKept({ transfer, stage, destination }: KeptTransfer): Promise<OpenFile> {
    const { files, inbox } = this.#options.means
    const path = stagedPath(inbox, transfer)
    if (stage === 'receiving') {
      // It may have its last mode already, without the owner's right to write.
      const staged = await files.open(path, 'read')
      await staged.setMode(0o600).finally(() => staged.close())
      return files.open(path, 'update')
    }
    // Between the rename and its record the content is at its destination already. Nothing is written to it any more.
    const staged = await files.stat(path)
    return files.open(staged === undefined ? `${inbox.folder}/${destination}` : path, 'read')
  }

  #add(
    parts: Omit<ConstructorParameters<typeof IncomingTransfer>[0], 'means' | 'ended' | 'settled'>,
  ): IncomingTransfer {
    const id = parts.manifest.transfer
    const transfer: IncomingTransfer = new IncomingTransfer({
      ...parts,
      means: this.#options.means,
      ended: () => {
        if (this.#transfers.get(id) === transfer) this.#transfers.delete(id)
      },
      settled: (error) => this.#options.outcome?.({ transfer: id, destination: parts.manifest.destination, error }),
    })
    this.#transfers.set(id, transfer)
    return transfer
  }

  #sealingOf(manifest: Manifest, { ticket }: HeldTicket): SealingFacts {
    const key = openCommitted(ticket.wrappedKey, this.#options.sharedKey, manifest.keyCommitment)
    if (key === undefined)
      throw new TreecastError('E_KEY', 'the content key of a transport request is not for this terminal')
    return { transfer: manifest.transfer, key, cipher: CIPHER[manifest.cipher] }
  }

  /** The transfer was finished here before: the main server gets the receipt once more. */
  async #refuseWhatIsThere(transfer: number): Promise<void> {
    const { state, reports } = this.#options.means
    const receipt = await state.receiptOf(transfer)
    if (receipt === undefined) return
    reports.receipt(receipt)
    throw new TreecastError('E_ALREADY_HERE', `transfer ${transfer} was received here before`)
  }

  async #refuseWhatCannotBe(manifest: Manifest): Promise<void> {
    const { means } = this.#options
    if (manifest.deactivateAtMs !== null && manifest.deactivateAtMs <= (means.mainClock.now() ?? 0)) {
      throw new TreecastError('E_EXPIRED', 'its deactivation time passed before it could be shown here')
    }
    const refusal = await refuseContent(means, manifest)
    if (refusal !== undefined) throw new TreecastError(refusal.code as 'E_DESTINATION', refusal.message)
    await this.#refuseOlder(manifest)
  }

  /** Of several tops, some may still be wanted. */
  async #refuseOlder(manifest: Manifest): Promise<void> {
    const { state } = this.#options.means
    for (const { destination } of topsOf(manifest)) {
      if ((await state.newestAt(destination)) <= manifest.transfer) return
    }
    throw await superseded(manifest, state)
  }

  #fail({ manifest, ticket }: Admission, { stripe }: CheckedRequest, error: unknown, origin: RequestOrigin): void {
    const failure: MessageBody<'failure'> = {
      transfer: manifest.transfer,
      stripe,
      about: 'self',
      handle: ticket.ticket.handle,
      code: codeOf(error),
      message: messageOf(error).slice(0, 1000),
      final:
        codeOf(error) === 'E_SUPERSEDED' || codeOf(error) === 'E_EXPIRED' || codeOf(error).startsWith('E_DESTINATION'),
    }
    this.#options.means.log.warn('a transport request was refused', {
      transfer: manifest.transfer,
      error: failure.message,
    })
    const { transfer, destination } = manifest
    const { code, message } = failure
    if (code !== 'E_ALREADY_HERE') {
      this.#options.means.reports.failure(failure)
      this.#options.outcome?.({ transfer, destination, error: { code, message } })
    }
    origin.failed(failure)
  }
}
