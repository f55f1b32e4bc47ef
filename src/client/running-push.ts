/**
 * One push as its operator sees it, from the plan to the last snapshot: uploads the content when the main server is the first server, and
 * calls the transfer off when the source fails.
 */

import type { Message } from '../link/conversation.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import type { PushEvents, PushRequest, PushUntil } from './operator-client.ts'
import type { Upload } from './upload.ts'

export interface RunningPushOptions {
  readonly request: PushRequest
  readonly events: PushEvents
  readonly until: PushUntil
  readonly upload: Upload
  /** Resolves once the main server knows, or takes too long. */
  readonly callOff: (transfer: number, error: unknown) => Promise<void>
}

export class RunningPush {
  readonly #options: RunningPushOptions
  readonly #done = Promise.withResolvers<TransferSnapshot>()
  #last: TransferSnapshot | undefined
  #described = false
  #fault: { readonly error: unknown } | undefined
  #calledOff = false

  constructor(options: RunningPushOptions) {
    this.#options = options
    this.#done.promise.catch(() => undefined)
  }

  /** The last snapshot. Rejects with the source's error. */
  get done(): Promise<TransferSnapshot> {
    return this.#done.promise
  }

  hear(message: Message): void {
    const { upload, events, until } = this.#options
    switch (message.name) {
      case 'planned':
        this.#planned(message.body.snapshot)
        return
      case 'offersTaken':
        upload.takesOffers(message.body)
        return
      case 'uploadLacks':
        upload.lacks(message.body)
        return
      case 'uploadCredit':
        upload.credit(message.body.bytes)
        return
      case 'stored':
        events.stored(message.body.bytes, upload.sentBytes)
        if (until === 'stored' && this.#last !== undefined) this.#done.resolve(this.#last)
        return
      case 'snapshot':
        this.#snapshot(message.body.snapshot, message.body.final)
        return
    }
  }

  /** The source cannot be read, or not any more: the first reason counts. */
  sourceFailed(error: unknown): void {
    this.#fault ??= { error }
    void this.#callOff()
  }

  #planned(snapshot: TransferSnapshot): void {
    const { request, events, upload } = this.#options
    this.#last = snapshot
    events.planned(snapshot)
    if (request.dryRun) this.#done.resolve(snapshot)
    else if (this.#fault !== undefined) void this.#callOff()
    else if (!this.#isElsewhere) upload.run().catch((error: unknown) => this.sourceFailed(error))
  }

  #snapshot(snapshot: TransferSnapshot, final: boolean): void {
    const { events, until } = this.#options
    this.#last = snapshot
    events.snapshot(snapshot, final)
    // From here on the transfer goes on whatever becomes of this process.
    if (this.#isElsewhere && !this.#described && snapshot.state === 'distributing') {
      this.#described = true
      events.stored(snapshot.bytes ?? 0, 0)
      if (until === 'stored') this.#done.resolve(snapshot)
    }
    // The last one of a transfer that was called off for it says less than the source's own error.
    if (final && this.#fault === undefined) this.#done.resolve(snapshot)
  }

  /** Whether the content is not to be uploaded. */
  get #isElsewhere(): boolean {
    const { from, direct } = this.#options.request
    return from !== null || direct
  }

  async #callOff(): Promise<void> {
    // Before the plan is here, the transfer has no number.
    if (this.#last === undefined || this.#fault === undefined || this.#calledOff) return
    this.#calledOff = true
    const { error } = this.#fault
    if (this.#last.transfer !== null) await this.#options.callOff(this.#last.transfer, error)
    this.#done.reject(error)
  }
}
