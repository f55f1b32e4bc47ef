/**
 * What a terminal does when the time of a transfer has come, or when the transfer is called off before: for those that are still open, and
 * for those that were let go since they were received.
 */

import { removeStaged } from '../content/inbox.ts'
import { type Withdrawal, withdraw } from '../content/withdrawal.ts'
import { TreecastError } from '../system/errors.ts'
import { type Reason, reasonOf } from '../wire/reason.ts'
import { decodeManifest, type Manifest } from '../wire/signed-documents.ts'
import { activate, clearPublished, clearStaged, reportFailed, shownTops } from './delivery.ts'
import type { PublishedTop } from './destination-record.ts'
import type { TransferOutcome } from './first-outcome.ts'
import type { IncomingTransfer } from './incoming-transfer.ts'
import type { TimedWork } from './publication-times.ts'
import type { KeptReceipt } from './receipt-outbox.ts'
import type { TerminalMeans } from './terminal-means.ts'

export interface TimedPublicationOptions {
  readonly means: Pick<
    TerminalMeans,
    'files' | 'hooks' | 'inbox' | 'log' | 'publishing' | 'reports' | 'state' | 'times'
  >
  /** A transfer that is open. */
  readonly find: (transfer: number) => IncomingTransfer | undefined
  /** A transfer that was let go has come to an end. */
  readonly outcome: (outcome: TransferOutcome) => void
}

export class TimedPublication implements TimedWork {
  readonly #options: TimedPublicationOptions

  constructor(options: TimedPublicationOptions) {
    this.#options = options
  }

  async publish(transfer: number): Promise<void> {
    const open = this.#options.find(transfer)
    if (open !== undefined) return open.publish()
    const { means, outcome } = this.#options
    const manifest = await this.#received(transfer)
    if (manifest === undefined) return
    try {
      means.reports.receipt(await activate({ ...means, manifest }))
    } catch (error) {
      return this.#giveUp(manifest, reasonOf(error))
    }
    means.log.info('content is active', { transfer, destination: manifest.destination })
    means.times.schedule({ ...manifest, stage: 'active' })
    await clearPublished(means, manifest)
    outcome({ transfer, destination: manifest.destination, error: undefined })
  }

  async expire(transfer: number): Promise<void> {
    const expired = new TreecastError('E_EXPIRED', 'its deactivation time passed before it could be shown here')
    const open = this.#options.find(transfer)
    if (open !== undefined) return open.expire(expired)
    const manifest = await this.#received(transfer)
    if (manifest !== undefined) await this.#giveUp(manifest, expired)
  }

  /** The main server called off what was let go. */
  async cancel(transfer: number): Promise<void> {
    const { files, inbox, state, times, log } = this.#options.means
    const manifest = await this.#received(transfer)
    if (manifest === undefined) return
    times.forget(transfer)
    await state.forget(transfer, await shownTops({ files, inbox, manifest }))
    await removeStaged(files, inbox, transfer)
    log.info('content that was to go live was called off', { transfer })
    const error = { code: 'E_CANCELLED', message: 'it was called off before it went live' }
    this.#options.outcome({ transfer, destination: manifest.destination, error })
  }

  withdraw(transfer: number): Promise<void> {
    return this.#options.means.publishing.take(() => this.#withdrawAlone(transfer))
  }

  async #withdrawAlone(transfer: number): Promise<void> {
    const { state, reports, log, hooks } = this.#options.means
    const shown = state.destinations.publishedAt(transfer)
    const receipt = state.outbox.lastReceipt(transfer)
    if (shown === undefined || receipt === undefined) return
    const { destination, tops } = shown
    const error = await this.#takeOut(transfer, tops)
    const hook = error === null && hooks.wants('deactivate')
    const report: KeptReceipt = { transfer, state: 'withdrawn', receipt, error, hook }
    await state.keepWithdrawn(report, { hook })
    // What an earlier try has moved aside, when newer content came to its place before this one.
    await clearStaged(this.#options.means, transfer)
    if (hook) hooks.run({ transfer, event: 'deactivate', destination })
    log.info('content is withdrawn', { transfer, destination, remark: error?.message })
    reports.receipt(report)
  }

  /** @returns the first remark on what was left */
  async #takeOut(transfer: number, tops: readonly PublishedTop[]): Promise<Reason | null> {
    const { files, inbox } = this.#options.means
    const remarks: (Reason | null)[] = []
    for (const { destination, mark, newest } of tops) {
      const what = newest > transfer ? 'replaced' : await withdraw(files, inbox, { transfer, destination, mark })
      remarks.push(remarkOn(what, destination, newest))
    }
    return remarks.find((remark) => remark !== null) ?? null
  }

  async #received(transfer: number): Promise<Manifest | undefined> {
    const payload = await this.#options.means.state.destinations.manifestOf(transfer, 'received')
    return payload && decodeManifest(payload)
  }

  async #giveUp(manifest: Manifest, { code, message }: Reason): Promise<void> {
    const { means, outcome } = this.#options
    const { transfer, destination } = manifest
    means.log.warn('a transfer failed here', { transfer, error: message })
    await reportFailed({ ...means, manifest }, { code, message })
    await removeStaged(means.files, means.inbox, transfer)
    outcome({ transfer, destination, error: { code, message } })
  }
}

/** What an operator should know of a withdrawal that took nothing out. */
function remarkOn(what: Withdrawal | 'replaced', destination: string, newest: number): Reason | null {
  if (what === 'changed') {
    const message = `${destination} was changed there after it was published: it is left as it is`
    return { code: 'E_CHANGED_LOCALLY', message }
  }
  if (what !== 'replaced') return null
  const message = `transfer ${newest} has put newer content at ${destination}: it is left there`
  return { code: 'E_SUPERSEDED', message }
}
