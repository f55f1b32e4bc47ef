/**
 * The content of a transfer on its way to the main server: a push's bytes, or the tables of who provides it. Taken in order, one piece after
 * the other; what cannot be taken in fails the transfer.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { VerifyBytes } from '../seal/packet-table-codec.ts'
import { codeOf, invariant, messageOf, TreecastError } from '../system/errors.ts'
import type { Log } from '../system/log.ts'
import type { MessageBody } from '../wire/messages.ts'
import { type Reason, reasonOf } from '../wire/reason.ts'
import type { ContentIntake } from './content-intake.ts'
import type { IncomingBytes } from './incoming-bytes.ts'
import type { TableIntake } from './table-intake.ts'

export interface ContentArrivalOptions {
  readonly log: Log
  readonly transfer: number
  /** As the pusher announced; null when nobody knows. */
  readonly expectedBytes: number | null
  readonly content: StoredContent
  /** Where the bytes come in; undefined when they are here, or elsewhere. */
  readonly incoming: IncomingBytes | undefined
  /** Undefined for a content that was whole when the main server started. */
  readonly intake: ContentIntake | undefined
  /** Of a content whose bytes are elsewhere. */
  readonly tables: TableIntake | undefined
  readonly events: ContentArrivalEvents
}

/** What describes a content to its end. */
export interface ContentEnd {
  /** The last packet table, signed. */
  readonly closing: Uint8Array
  readonly bytes: number
  readonly digest: Uint8Array
}

export interface ContentArrivalEvents {
  isReceiving(): boolean
  isOver(): boolean
  /** More of it is here. */
  changed(): void
  /** More of a content of unknown size is in the library. @throws E_LIBRARY_FULL */
  grown(): Promise<void>
  /** The library takes in the whole content, whose bytes were synced. @throws E_LIBRARY_FULL */
  adopt(incoming: IncomingBytes, content: { digest: Uint8Array; bytes: number }): Promise<void>
  tableArrived(segment: number): void
  /** The content is described to its end: that is to be kept for good. @returns whether the transfer goes on */
  described(end: ContentEnd): Promise<boolean>
  /** It is complete wherever it arrived. */
  stored(): void
  failed(reason: Reason): Promise<void>
}

export class ContentArrival {
  readonly #options: ContentArrivalOptions
  #intake: Promise<void> = Promise.resolve()

  constructor(options: ContentArrivalOptions) {
    this.#options = options
  }

  /** Bytes of the content that the library holds. */
  get storedBytes(): number {
    return this.#options.intake?.bytes ?? this.#options.content.heldBytes
  }

  /** What came so far is taken in, or failed to be. */
  async settled(): Promise<void> {
    await this.#intake.catch(() => undefined)
  }

  /** Takes uploaded bytes, in order. @returns once they are in the library */
  upload(bytes: Uint8Array): Promise<void> {
    this.#intake = this.#intake.then(async () => {
      const { intake, expectedBytes, events } = this.#options
      if (!events.isReceiving()) return
      await intake?.add(bytes)
      if (expectedBytes === null) await events.grown()
      events.changed()
    })
    return this.#take(this.#intake)
  }

  /** The upload is over. @returns once the content is in the library for good */
  uploadEnded(bytes: number): Promise<void> {
    this.#intake = this.#intake.then(() => this.#store(bytes))
    return this.#take(this.#intake)
  }

  /**
   * Takes the next packet table of who provides the content; one that is known is signed as before.
   * @returns the main server's signature, once the table is kept
   * @throws E_PACKET_TABLE…, E_TABLE, E_PATH_CHANGED
   */
  tableOffered(offered: Uint8Array, verify: VerifyBytes): Promise<MessageBody<'tableSigned'>> {
    const taken = this.#intake.then(() => this.#takeTable(offered, verify))
    this.#intake = taken.then(
      () => undefined,
      () => undefined,
    )
    return taken
  }

  async #store(bytes: number): Promise<void> {
    const { intake, expectedBytes, incoming, content, events } = this.#options
    if (!events.isReceiving() || intake === undefined || incoming === undefined) return
    const expected = expectedBytes ?? bytes
    if (bytes !== intake.bytes || intake.bytes !== expected) {
      const message = `the pusher sent ${intake.bytes} bytes of ${expected}: nothing was delivered, push again`
      throw new TreecastError('E_CONTENT_CHANGED', message)
    }
    const closing = await intake.end()
    const digest = closing.contentDigest
    await content.sync()
    await events.adopt(incoming, { digest, bytes })
    if (!(await events.described({ closing: closing.signed, bytes, digest }))) return
    // From here on the content is complete wherever it arrived, and this transfer goes on whatever becomes of this process.
    closing.release()
    events.stored()
    events.changed()
  }

  async #takeTable(offered: Uint8Array, verify: VerifyBytes): Promise<MessageBody<'tableSigned'>> {
    const { tables, content, transfer, events } = this.#options
    invariant(tables !== undefined, 'tables are taken of a content whose bytes are elsewhere')
    const { signature, segment, fresh } = tables.take(offered, verify)
    if (fresh !== undefined) {
      const end = fresh.table.last
      const isKept =
        end === undefined ||
        (await events.described({ closing: fresh.signed, bytes: end.contentBytes, digest: end.contentDigest }))
      if (!isKept || events.isOver()) throw new TreecastError('E_CANCELLED', `transfer ${transfer} is over`)
      const refusal = content.addTable(fresh.table, fresh.signed)
      if (refusal !== undefined) throw new TreecastError('E_TABLE', `an offered packet table is ${refusal}`)
      events.tableArrived(segment)
      if (end !== undefined) events.stored()
      events.changed()
    }
    return { transfer, segment, signature }
  }

  async #take(work: Promise<void>): Promise<void> {
    try {
      await work
    } catch (error) {
      const { log, transfer, events } = this.#options
      log.warn('content could not be taken in', { transfer, error: messageOf(error) })
      // Called off already: that stays the reason.
      if (!events.isOver()) await events.failed(explain(error))
      throw error
    }
  }
}

function explain(error: unknown): Reason {
  if (codeOf(error) !== 'ENOSPC') return reasonOf(error)
  return { code: 'E_NO_SPACE', message: "the main server's disk is full: free space in its library, then push again" }
}
