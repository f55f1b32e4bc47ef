/**
 * Opens the files of a transfer at this terminal: new ones, after every check that needs no packet, or those that an earlier process left.
 *
 * Order of checks: what is known of the transfer, the key, its times, what is at the destination, the free space. Nothing is written
 * before all of them hold.
 */

import { DiskTime, timedFile } from '../content/disk-time.ts'
import { createStaged, removeStaged, stagedPath } from '../content/inbox.ts'
import { PacketSet } from '../content/packet-set.ts'
import { StoredContent, shapeOf } from '../content/stored-content.ts'
import { topsOf } from '../content/tops.ts'
import type { ReadableStream } from '../content/tree-stream.ts'
import { openCommitted } from '../seal/content-key.ts'
import { decodePacketTable } from '../seal/packet-table-codec.ts'
import { TreecastError } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import { CIPHER } from '../wire/codes.ts'
import { decodeManifest, type Manifest } from '../wire/signed-documents.ts'
import { refuseContent } from './acceptance.ts'
import { superseded } from './delivery.ts'
import { type HeldTicket, readTicket } from './downstream.ts'
import { earlierContent } from './earlier-content.ts'
import { OwnContent } from './own-content.ts'
import type { Admission } from './request-admission.ts'
import type { SealingFacts } from './sealing-facts.ts'
import type { KeptTransfer } from './state-file.ts'
import type { TerminalMeans } from './terminal-means.ts'
import type { TransferParts } from './transfer-modules.ts'

export interface TransferOpeningOptions {
  readonly means: TerminalMeans
  /** The secret that wraps keys between the main server and this terminal. */
  readonly sharedKey: Uint8Array
  /** The plain bytes of a transfer that this terminal provides itself. */
  readonly provided: (transfer: number) => Promise<ReadableStream | undefined>
}

/** What a transfer works with. */
export interface OpenedTransfer extends Omit<TransferParts, 'means'> {
  /** It was here before: it goes on by itself. */
  readonly resumes?: boolean
}

export class TransferOpening {
  readonly #options: TransferOpeningOptions

  constructor(options: TransferOpeningOptions) {
    this.#options = options
  }

  /**
   * Makes room for a transfer that was admitted.
   * @param whole all of it is here already: it is recorded once it is durable, and nothing of it is looked for elsewhere
   * @throws what speaks against having it here
   */
  async create(admission: Admission, whole: boolean): Promise<OpenedTransfer> {
    const { manifest, signedManifest, ticket } = admission
    const { means } = this.#options
    const { transfer, destination, activateAtMs, deactivateAtMs } = manifest
    const sealing = this.#sealingOf(manifest, ticket)
    await this.#refuseWhatIsThere(transfer)
    const received = means.state.received(transfer)
    if (received !== undefined) {
      // Its last step failed before: that is all there is to do again.
      return { ...(await this.reopen(received)), resumes: true }
    }
    await this.#refuseWhatCannotBe(manifest)
    const file = await createStaged(means.files, means.inbox, transfer)
    const times = { transfer, activateAtMs, deactivateAtMs }
    const destinations = topsOf(manifest).map((top) => top.destination)
    const signed = { manifest: signedManifest, ticket: ticket.signed }
    const begun = { ...times, destination, destinations, ...signed }
    try {
      if (!whole) await means.state.begin(begun)
    } catch (error) {
      await file.close()
      await removeStaged(means.files, means.inbox, transfer)
      throw error
    }
    means.times.schedule({ ...times, stage: 'receiving' })
    const disk = new DiskTime(means.clock)
    const content = new StoredContent(timedFile(file, disk), shapeOf(manifest))
    const opened = { manifest, signedManifest, ticket, sealing, file, disk, content, stage: 'receiving' } as const
    if (whole) return { ...opened, unrecorded: begun }
    const own = await this.#options.provided(transfer)
    return { ...opened, earlier: own ? new OwnContent(own) : earlierContent(means, manifest) }
  }

  /** Opens what an earlier process of this terminal left of a transfer. */
  async reopen(kept: KeptTransfer): Promise<OpenedTransfer> {
    const { means } = this.#options
    const manifest = decodeManifest(kept.manifest.payload)
    const ticket = readTicket(kept.ticket)
    const file = await this.#openKept(kept)
    const disk = new DiskTime(means.clock)
    const content = new StoredContent(timedFile(file, disk), shapeOf(manifest), new PacketSet(kept.durable))
    for (const bytes of kept.tables) content.addTable(decodePacketTable(bytes, means.verifyTable), bytes)
    const sealing = this.#sealingOf(manifest, ticket)
    const { stage } = kept
    const earlier = stage === 'receiving' ? earlierContent(means, manifest) : undefined
    return { manifest, signedManifest: kept.manifest, ticket, sealing, file, disk, content, stage, earlier }
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

  #sealingOf(manifest: Manifest, { ticket }: HeldTicket): SealingFacts {
    const key = openCommitted(ticket.wrappedKey, this.#options.sharedKey, manifest.keyCommitment)
    if (key === undefined)
      throw new TreecastError('E_KEY', 'the content key of a transport request is not for this terminal')
    return { transfer: manifest.transfer, key, cipher: CIPHER[manifest.cipher] }
  }

  /** The transfer was finished here before: the main server gets the receipt once more. */
  async #refuseWhatIsThere(transfer: number): Promise<void> {
    const { state, reports } = this.#options.means
    const receipt = state.outbox.receiptOf(transfer)
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
      if (state.destinations.newestAt(destination) <= manifest.transfer) return
    }
    throw await superseded(manifest, state)
  }
}
