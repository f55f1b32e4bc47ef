/**
 * The pusher's side of an upload: sends the source's bytes within the credit that the main server gives, and no faster than the link
 * takes them.
 */

import type { Conversation } from '../link/conversation.ts'
import { LIMITS } from '../wire/limits.ts'
import type { ContentSource } from './content-source.ts'

export class Upload {
  readonly #conversation: Conversation
  readonly #source: ContentSource
  #creditBytes = 0
  #wake: (() => void) | undefined

  constructor(conversation: Conversation, source: ContentSource) {
    this.#conversation = conversation
    this.#source = source
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
      while (!this.#maySend(chunk.length) && this.#conversation.open) await this.#woken()
      if (!this.#conversation.open) return
      this.#conversation.sendUpload(chunk)
      this.#creditBytes -= chunk.length
      sentBytes += chunk.length
    }
    this.#conversation.send('uploadEnd', { bytes: sentBytes })
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
