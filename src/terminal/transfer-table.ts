/**
 * The transfers at this terminal: begins one with its first transport request, gives the others to it, resumes what a stop or a crash left
 * unfinished, and lets go of what is over. The checks are in request-admission.ts and transfer-opening.ts.
 */

import { clearStaging, removeStaged } from '../content/inbox.ts'
import { putBack } from '../content/publishing.ts'
import { messageOf } from '../system/errors.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reasonOf } from '../wire/reason.ts'
import { decodeManifest } from '../wire/signed-documents.ts'
import { publicationOf } from './delivery.ts'
import type { TransferOutcome } from './first-outcome.ts'
import { IncomingTransfer } from './incoming-transfer.ts'
import type { TimedWork } from './publication-times.ts'
import {
  type Admission,
  type CheckedRequest,
  RequestAdmission,
  type RequestAdmissionOptions,
  type RequestOrigin,
} from './request-admission.ts'
import type { KeptTransfer } from './state-file.ts'
import { TimedPublication } from './timed-publication.ts'
import { type OpenedTransfer, TransferOpening, type TransferOpeningOptions } from './transfer-opening.ts'

export interface TransferTableOptions extends RequestAdmissionOptions, TransferOpeningOptions {
  /** A transfer has come to an end here; the same one may do so again. */
  readonly outcome?: (outcome: TransferOutcome) => void
}

export class TransferTable {
  readonly #options: TransferTableOptions
  readonly #admission: RequestAdmission
  readonly #files: TransferOpening
  readonly #transfers = new Map<number, IncomingTransfer>()
  /** Transfers whose files are being opened. */
  readonly #opening = new Map<number, Promise<IncomingTransfer>>()
  readonly #timed: TimedPublication

  constructor(options: TransferTableOptions) {
    this.#options = options
    this.#admission = new RequestAdmission(options)
    this.#files = new TransferOpening(options)
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
      admission = this.#admission.admit(body)
      request = this.#admission.check(body, admission, origin)
    } catch (error) {
      origin.refuse(error instanceof Error ? error : new Error(String(error)))
      return
    }
    try {
      const transfer = await this.#open(admission, false)
      await transfer.request(request)
    } catch (error) {
      origin.failed(this.#fail(admission, request.stripe, error))
    }
  }

  /** The main server sent a whole content. @throws E_MANIFEST, E_TICKET when it did not sign what it says of it */
  deliver({ manifest, ticket, ...whole }: MessageBody<'deliver'>): void {
    const admission = this.#admission.admit({ manifest, ticket })
    this.#open(admission, true).then(
      (transfer) => transfer.deliver(whole),
      (error: unknown) => this.#fail(admission, 0, error),
    )
  }

  /** The main server called a transfer off. */
  async cancel({ transfer, code, message }: MessageBody<'cancel'>): Promise<void> {
    await this.#opening.get(transfer)?.catch(() => undefined)
    const open = this.find(transfer)
    if (open !== undefined) await open.cancel({ code, message })
    else await this.#timed.cancel(transfer)
  }

  /**
   * The main server names a new upstream, or the first one of a transfer that nobody has brought here yet.
   * @throws E_MANIFEST, E_TICKET when it did not sign what it says of it
   */
  reroute({ manifest, ticket: own, stripe, upstream, order }: MessageBody<'reroute'>): void {
    const admission = this.#admission.admit({ manifest, ticket: own })
    const { ticket } = this.#options.tickets.check(upstream)
    this.#open(admission, false).then(
      (transfer) => transfer.upstreams.reroute(stripe, { ticket, order }),
      (error: unknown) => this.#fail(admission, stripe, error),
    )
  }

  /** The main server is there again. */
  reportRoutes(): void {
    for (const transfer of this.all()) transfer.reportRoute()
  }

  /** Goes on with what a stop or a crash left unfinished. */
  async resume(): Promise<void> {
    const { state, files, inbox } = this.#options.means
    const unfinished = state.unfinished()
    await clearStaging(files, inbox, new Set(unfinished.map(({ transfer }) => transfer)))
    for (const kept of unfinished) {
      if (kept.stage === 'received') await this.#putBack(kept)
      // Opened when it is needed: it may have long to wait.
      if (kept.stage === 'received' && (kept.activateAtMs !== null || kept.deactivateAtMs !== null)) continue
      try {
        this.#add(await this.#files.reopen(kept)).resume()
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

  /** @param whole all of it is here already */
  #open(admission: Admission, whole: boolean): Promise<IncomingTransfer> {
    const { transfer } = admission.manifest
    const open = this.#transfers.get(transfer)
    if (open !== undefined) return Promise.resolve(open)
    const opening = this.#opening.get(transfer) ?? this.#create(admission, whole)
    this.#opening.set(transfer, opening)
    return opening.finally(() => this.#opening.delete(transfer))
  }

  async #create(admission: Admission, whole: boolean): Promise<IncomingTransfer> {
    const opened = await this.#files.create(admission, whole)
    const transfer = this.#add(opened)
    if (opened.resumes) transfer.resume()
    return transfer
  }

  #add(parts: OpenedTransfer): IncomingTransfer {
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

  /** Tells the main server why a transfer cannot be had here. @returns what it is told */
  #fail({ manifest, ticket }: Admission, stripe: number, error: unknown): MessageBody<'failure'> {
    const { means, outcome } = this.#options
    const { transfer, destination } = manifest
    const reason = reasonOf(error)
    const { handle } = ticket.ticket
    const failure = { transfer, stripe, about: 'self', handle, ...reason, final: isFinal(reason) } as const
    means.log.warn('a transport request was refused', { transfer, error: reason.message })
    if (reason.code !== 'E_ALREADY_HERE') {
      means.reports.failure(failure)
      outcome?.({ transfer, destination, error: reason })
    }
    return failure
  }
}

/** Whether the same request would fail in the same way again. */
function isFinal({ code }: Reason): boolean {
  return code === 'E_SUPERSEDED' || code === 'E_EXPIRED' || code.startsWith('E_DESTINATION')
}
