/** What one transfer at this terminal tells the main server beside its receipts: how far it is, whom it cannot reach, why it failed. */

import type { DiskTime } from '../content/disk-time.ts'
import type { StoredContent } from '../content/stored-content.ts'
import { MAX_TOLD_EDGES } from '../wire/field-schemas.ts'
import type { MessageBody } from '../wire/messages.ts'
import { reasonOf } from '../wire/reason.ts'
import type { Manifest } from '../wire/signed-documents.ts'
import type { HeldTicket } from './downstream.ts'
import { failureReason } from './failure-reason.ts'
import type { Reception } from './reception.ts'
import type { ChildFailure } from './routing-control.ts'
import type { Serving } from './serving.ts'
import type { TerminalMeans } from './terminal-means.ts'

export interface TransferReportsOptions {
  readonly means: Pick<TerminalMeans, 'reports' | 'inbox'>
  readonly manifest: Manifest
  readonly ticket: HeldTicket
  readonly content: StoredContent
  /** Of `content`. */
  readonly disk: DiskTime
  readonly serving: Serving
  readonly reception: Reception
}

export class TransferReports {
  readonly #options: TransferReportsOptions
  #reportedBytes = -1

  constructor(options: TransferReportsOptions) {
    this.#options = options
  }

  /** The main server may know nothing of it any more: the next progress is told whatever it is. */
  forget(): void {
    this.#reportedBytes = -1
  }

  /** Tells how far it is, unless that was told. */
  progress(): void {
    const { means, content, disk, manifest, serving, reception } = this.#options
    if (content.heldBytes + serving.sentBytes === this.#reportedBytes) return
    this.#reportedBytes = content.heldBytes + serving.sentBytes
    means.reports.progress({
      transfer: manifest.transfer,
      packets: content.held.size,
      bytes: content.heldBytes,
      stripes: content.held.countByRemainder(manifest.stripes),
      diskMs: Math.round(disk.ms),
      upstreams: reception.upstreams().map(({ handle, bytes, refused }) => ({ handle, bytes, refused })),
      // The message holds no more; a node with more leaves below it than that has no better place for them.
      downstreams: serving.routing.branches
        .children()
        .slice(-MAX_TOLD_EDGES)
        .map(({ handle, sentBytes, responseMs }) => ({ handle, bytes: sentBytes, responseMs })),
    })
  }

  downstreamFailed({ target, stripe, error, exhausted }: ChildFailure): void {
    this.#options.means.reports.failure({
      transfer: this.#options.manifest.transfer,
      stripe,
      about: 'downstream',
      handle: target.ticket.handle,
      ...reasonOf(error),
      final: exhausted,
    })
  }

  /** Why the transfer failed here, in words that say what to do. */
  ownFailure(error: unknown): MessageBody<'failure'> {
    const { manifest, ticket, means } = this.#options
    const place = { inboxFolder: means.inbox.folder, destination: manifest.destination }
    const reason = failureReason(error, { name: ticket.ticket.name, ...place })
    return {
      transfer: manifest.transfer,
      stripe: 0,
      about: 'self',
      handle: ticket.ticket.handle,
      ...reason,
      final: false,
    }
  }
}
