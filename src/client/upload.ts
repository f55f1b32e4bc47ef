/**
 * The pusher's side of an upload: sends the source's bytes within the credit that the main server gives, no faster than the link takes them,
 * and no faster than the operator wants.
 */

import type { Conversation } from '../link/conversation.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { LIMITS } from '../wire/limits.ts'
import type { ContentSource } from './content-source.ts'

export class Upload {
  readonly #conversation: Conversation
  readonly #source: ContentSource
  readonly #limit: SendLimit
  #creditBytes = 0
  #wake: (() => void) | undefined

  constructor(conversation: Conversation, source: ContentSource, limit: SendLimit) {
    this.#conversation = conversation
    this.#source = source
    this.#limit = limit
  }

  /** The main server takes `bytes` more. */
  credit(bytes: number): void {
    this.#creditBytes += bytes
    this.#wake?.()
  }

  /** The link can take more, or has ended. */
  drained(): void {
    this.#wake?.()
  }

  /** Sends everything, then UPLOAD_END. @throws what the source throws; nothing says then that the content is whole */
  async run(): Promise<void> {
    let sentBytes = 0
    for await (const chunk of this.#source.chunks()) {
      // A limited push sends as large a piece as is its due in a moment: the rate is kept over any second.
      const pieceBytes = this.#limit.portionBytes
      for (let at = 0; at < chunk.length; at += pieceBytes) {
        const piece = chunk.subarray(at, at + pieceBytes)
        await this.#send(piece)
        if (!this.#conversation.open) return
        sentBytes += piece.length
      }
    }
    this.#conversation.send('uploadEnd', { bytes: sentBytes })
  }

  async #send(piece: Uint8Array): Promise<void> {
    await this.#limit.turn(this, this, piece.length)
    while (!this.#maySend(piece.length) && this.#conversation.open) await this.#woken()
    this.#conversation.sendUpload(piece)
    this.#creditBytes -= piece.length
  }

  #maySend(bytes: number): boolean {
    return this.#creditBytes >= bytes && this.#conversation.bufferedBytes < LIMITS.childBufferBytes
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
