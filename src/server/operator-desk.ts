/** One operator's conversation: PUSH with its upload, WATCH, QUERY, CANCEL. */

import type { NodeId } from '../identity/node-id.ts'
import type { Conversation, Message } from '../link/conversation.ts'
import type { Node } from '../registry/nodes.ts'
import type { Clock } from '../system/clock.ts'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import { giveBack } from '../system/packet-memory.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { Answer, AnswerTo, Query } from '../wire/operator-messages.ts'
import { OfferedUpload } from './offered-upload.ts'
import type { ProviderDesk } from './provider-desk.ts'
import type { ProviderLinks } from './provider-links.ts'
import type { RunningTransfer } from './running-transfer.ts'
import { SnapshotPace } from './snapshot-pace.ts'
import type { Steering } from './steering.ts'
import type { TransferManager } from './transfer-manager.ts'

export interface OperatorDeskOptions {
  readonly transfers: TransferManager
  readonly operator: Node
  readonly clock: Clock
  readonly providers: ProviderDesk
  readonly providerLinks: ProviderLinks
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
  /** The transfer that this conversation's operator serves itself. */
  #serving: RunningTransfer | undefined
  /** What the library may have of it; undefined when all of it is uploaded. */
  #offered: OfferedUpload | undefined

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
    const { transfers } = this.#options
    const operator = this.#options.operator.nodeId
    switch (message.name) {
      case 'push':
        return this.#push(message.body)
      case 'uploadOffer':
        if (this.#offered === undefined)
          throw new TreecastError('E_UPLOAD', 'packets were offered that nobody asked for')
        return this.#offered.offer(message.body)
      case 'uploadEnd':
        return this.#uploadEnd(message.body.bytes)
      case 'watch':
        if (message.body.serves) await this.#serve(message.body.transfer)
        return this.#watch(message.body.transfer)
      case 'snapshotTaken':
        return this.#watches.get(message.body.transfer)?.pace.taken()
      case 'tableOffer':
      case 'cannotProvide':
      case 'failure':
        return this.#hearOfProvision(message)
      case 'query':
        return this.#conversation.send('answer', { answer: await this.#options.answer(message.body.query, operator) })
      case 'steer': {
        const answer = await this.#options.steer(message.body, operator)
        return this.#conversation.send('answer', { answer })
      }
      case 'cancelTransfer': {
        const { transfer, code, message: text } = message.body
        await transfers.known.cancel(transfer, { code, message: text }, operator)
        return this.#conversation.send('answer', {
          answer: { kind: 'transfer', transfer: await transfers.known.snapshot(transfer) },
        })
      }
    }
  }

  async #push(request: MessageBody<'push'>): Promise<void> {
    const { transfers, operator } = this.#options
    const pusher = { operator, conversation: this.#conversation }
    if ((this.#uploading ?? this.#serving) !== undefined)
      throw new TreecastError('E_PUSH_BUSY', 'this link already pushes a content')
    if (request.dryRun) {
      this.#conversation.send('planned', { snapshot: await transfers.beginning.plan(request, operator.nodeId) })
      return
    }
    const transfer = await transfers.begin(request, pusher)
    if (!this.#conversation.open) return transfer.cancel(PUSHER_GONE)
    if (request.direct) this.#serving = transfer
    else this.#uploading = transfer
    this.#conversation.send('planned', { snapshot: transfer.snapshot() })
    if (!request.direct) {
      this.#takeOffers(transfer)
      this.#conversation.send('uploadCredit', { bytes: LIMITS.uploadCreditBytes })
    }
    await this.#watch(transfer.id)
  }

  #takeOffers(transfer: RunningTransfer): void {
    const taken = this.#options.transfers.takeOffers(transfer)
    if (taken === undefined) return
    this.#offered = new OfferedUpload({
      earlier: taken.earlier,
      take: (bytes) => transfer.arrival.upload(bytes),
      answer: (body) => this.#conversation.send('uploadLacks', body),
      credit: (bytes) => this.#conversation.send('uploadCredit', { bytes }),
    })
    this.#conversation.send('offersTaken', taken.terms)
  }

  #endOffers(): void {
    void this.#offered?.close()
    this.#offered = undefined
  }

  #upload(bytes: Uint8Array): void {
    const transfer = this.#uploading
    if (transfer === undefined) throw new TreecastError('E_UPLOAD', 'bytes came without a push')
    if (bytes.length > LIMITS.uploadChunkBytes) throw new TreecastError('E_UPLOAD', 'a piece of an upload is too large')
    const creditBytes = bytes.length
    const taken = this.#offered === undefined ? transfer.arrival.upload(bytes) : this.#offered.upload(bytes)
    taken.then(
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
    this.#endOffers()
    try {
      await transfer.arrival.uploadEnded(bytes)
    } catch {
      // Told to every watcher by the transfer itself.
      return
    }
    this.#conversation.send('stored', { transfer: transfer.id, bytes })
  }

  /** The operator serves a transfer that it pushed on another link. @throws E_FIRST_SERVER */
  async #serve(id: number): Promise<void> {
    const { transfers, operator } = this.#options
    this.#serving = transfers.find(id)
    await transfers.rejoined(id, { operator, conversation: this.#conversation })
  }

  /** The operator speaks as the first server of its own push; of anything else, it has nothing to say. */
  async #hearOfProvision(
    message: Extract<Message, { name: 'tableOffer' | 'cannotProvide' | 'failure' }>,
  ): Promise<void> {
    const { operator, providers, transfers, providerLinks } = this.#options
    const transfer = transfers.find(message.body.transfer)
    if (transfer === undefined || providerLinks.find(transfer.id, operator.nodeId) !== this.#conversation) return
    if (message.name === 'tableOffer') await providers.tableOffered(transfer, operator, message.body)
    else if (message.name === 'cannotProvide') await providers.failed(transfer, operator.nodeId, message.body)
    else transfer.distribution.reports.failure(operator.nodeId, message.body)
  }

  async #watch(id: number): Promise<void> {
    if (this.#watches.has(id)) return
    const pace = new SnapshotPace(this.#options.clock, (snapshot, final) => {
      this.#conversation.send('snapshot', { snapshot, final })
      if (final) this.#watches.delete(id)
    })
    const stop = await this.#options.transfers.known.watch(id, (snapshot, final) => pace.show(snapshot, final))
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
    this.#endOffers()
    // Of a content that a terminal provides, nothing is uploaded: once it is described, nobody needs its pusher.
    if (this.#uploading?.stored === false) void this.#uploading.cancel(PUSHER_GONE)
    const { transfers, operator } = this.#options
    if (this.#serving !== undefined) transfers.pusherLeft(this.#serving, { operator, conversation: this.#conversation })
  }
}

const PUSHER_GONE = {
  code: 'E_PUSHER_GONE',
  message: 'the pusher went away before the whole content was in the library: nothing was delivered',
}
