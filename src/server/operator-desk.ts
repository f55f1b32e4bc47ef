/** One operator's conversation: PUSH with its upload, WATCH, QUERY, CANCEL. */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation, Message } from '../link/conversation.ts'
import type { Clock } from '../system/clock.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import { giveBack } from '../system/packet-memory.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Answer, AnswerTo, Query } from '../wire/operator-messages.ts'
import type { RunningTransfer } from './running-transfer.ts'
import { SnapshotPace } from './snapshot-pace.ts'
import type { Steering } from './steering.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface OperatorDeskOptions {
  readonly transfers: TransferManager
  readonly operator: NodeId
  readonly clock: Clock
  readonly answer: (query: Query, operator: NodeId) => Promise<Answer>
  /** Changes terminals. @throws E_SELECTOR_…, E_LABELS, E_GROUPS */
  readonly steer: (steering: Steering, operator: NodeId) => Promise<AnswerTo<'rank'>>
}

export class OperatorDesk {
  readonly #conversation: Conversation
  readonly #options: OperatorDeskOptions
  readonly #watches = new Map<number, { pace: SnapshotPace; stop: () => void }>()
  /** The transfer that this conversation uploads. */
  #uploading: RunningTransfer | undefined

  constructor(conversation: Conversation, options: OperatorDeskOptions) {
    this.#conversation = conversation
    this.#options = options
    conversation.admit()
    conversation.attach({
      message: (message) => void this.#message(message).catch((error: unknown) => this.#refuse(error)),
      upload: (bytes) => this.#upload(bytes),
      closed: () => this.#closed(),
    })
  }

  async #message(message: Message): Promise<void> {
    const { transfers, operator } = this.#options
    switch (message.name) {
      case 'push':
        return this.#push(message.body)
      case 'uploadEnd':
        return this.#uploadEnd(message.body.bytes)
      case 'watch':
        return this.#watch(message.body.transfer)
      case 'snapshotTaken':
        return this.#watches.get(message.body.transfer)?.pace.taken()
      case 'query':
        return this.#conversation.send('answer', { answer: await this.#options.answer(message.body.query, operator) })
      case 'steer': {
        const answer = await this.#options.steer(message.body, operator)
        return this.#conversation.send('answer', { answer })
      }
      case 'cancelTransfer': {
        const { transfer, code, message: text } = message.body
        await transfers.cancel(transfer, { code, message: text }, operator)
        return this.#conversation.send('answer', {
          answer: { kind: 'transfer', transfer: await transfers.snapshot(transfer) },
        })
      }
    }
  }

  async #push(request: MessageBody<'push'>): Promise<void> {
    const { transfers, operator } = this.#options
    if (this.#uploading !== undefined) throw new TreecastError('E_PUSH_BUSY', 'this link already uploads a content')
    if (request.dryRun) {
      this.#conversation.send('planned', { snapshot: await transfers.beginning.plan(request) })
      return
    }
    const transfer = await transfers.begin(request, operator)
    if (!this.#conversation.open) return transfer.cancel(PUSHER_GONE)
    this.#uploading = transfer
    this.#conversation.send('planned', { snapshot: transfer.snapshot() })
    this.#conversation.send('uploadCredit', { bytes: LIMITS.uploadCreditBytes })
    await this.#watch(transfer.id)
  }

  #upload(bytes: Uint8Array): void {
    const transfer = this.#uploading
    if (transfer === undefined) throw new TreecastError('E_UPLOAD', 'bytes came without a push')
    if (bytes.length > LIMITS.uploadChunkBytes) throw new TreecastError('E_UPLOAD', 'a piece of an upload is too large')
    const creditBytes = bytes.length
    transfer.arrival.upload(bytes).then(
      () => {
        giveBack(bytes)
        this.#conversation.send('uploadCredit', { bytes: creditBytes })
      },
      () => undefined,
    )
  }

  async #uploadEnd(bytes: number): Promise<void> {
    const transfer = this.#uploading
    if (transfer === undefined) throw new TreecastError('E_UPLOAD', 'an upload ended that was never begun')
    this.#uploading = undefined
    try {
      await transfer.arrival.uploadEnded(bytes)
    } catch {
      // Told to every watcher by the transfer itself.
      return
    }
    this.#conversation.send('stored', { transfer: transfer.id, bytes })
  }

  async #watch(id: number): Promise<void> {
    if (this.#watches.has(id)) return
    const pace = new SnapshotPace(this.#options.clock, (snapshot, final) => {
      this.#conversation.send('snapshot', { snapshot, final })
      if (final) this.#watches.delete(id)
    })
    const stop = await this.#options.transfers.watch(id, (snapshot, final) => pace.show(snapshot, final))
    if (stop !== undefined) this.#watches.set(id, { pace, stop })
  }

  #refuse(error: unknown): void {
    this.#conversation.refuse(codeOf(error), messageOf(error))
  }

  #closed(): void {
    for (const { pace, stop } of this.#watches.values()) {
      pace.stop()
      stop()
    }
    void this.#uploading?.cancel(PUSHER_GONE)
  }
}

const PUSHER_GONE = {
  code: 'E_PUSHER_GONE',
  message: 'the pusher went away before the whole content was in the library: nothing was delivered',
}
