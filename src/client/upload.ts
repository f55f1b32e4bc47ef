/**
 * The pusher's side of an upload: sends the source's bytes within the credit that the main server gives, no faster than the link takes them,
 * and no faster than the operator wants.
 *
 *   no offers taken    every byte, as it comes
 *   offers taken       packet by packet: offered; what the library lacks is sent; once it expects to have nothing more, every byte
 */

import type { Conversation } from '../link/conversation.ts'
import { packetCuts } from '../seal/packet-cuts.ts'
import { PacketCutter } from '../seal/packet-cutter.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import type { ContentSource } from './content-source.ts'
import { PacketOffers } from './packet-offers.ts'

export class Upload {
  readonly #conversation: Conversation
  readonly #source: ContentSource
  readonly #limit: SendLimit
  #creditBytes = 0
  #wake: (() => void) | undefined
  #offers: { readonly made: PacketOffers; readonly cutter: PacketCutter } | undefined
  /** Bytes that were sent, of all that the content has. */
  sentBytes = 0

  constructor(conversation: Conversation, source: ContentSource, limit: SendLimit) {
    this.#conversation = conversation
    this.#source = source
    this.#limit = limit
  }

  /** The main server takes offers; said before it gives credit. */
  takesOffers({ packetBytes, key }: MessageBody<'offersTaken'>): void {
    const entryListBytes = this.#source.entryList?.bytes ?? 0
    const cutter = new PacketCutter({ cuts: packetCuts('content', packetBytes), entryListBytes })
    this.#offers = { cutter, made: new PacketOffers(key) }
  }

  /** What the main server lacks of the oldest offer. */
  lacks(answer: MessageBody<'uploadLacks'>): void {
    this.#offers?.made.answered(answer)
    this.#wake?.()
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
    let bytes = 0
    for await (const chunk of this.#source.chunks()) {
      // With the first credit it is known whether offers are taken.
      while (bytes === 0 && this.#creditBytes === 0 && this.#conversation.open) await this.#woken()
      bytes += chunk.length
      await (this.#offers === undefined ? this.#sendAll(chunk) : this.#offerAll(this.#offers.cutter.add(chunk)))
      if (!this.#conversation.open) return
    }
    if (this.#offers !== undefined) {
      await this.#offerAll(this.#offers.cutter.rest())
      await this.#settleOffers()
    }
    if (this.#conversation.open) this.#conversation.send('uploadEnd', { bytes })
  }

  /** Offers every packet, or sends it once the main server takes no more offers. */
  async #offerAll(packets: Iterable<Uint8Array>): Promise<void> {
    const made = this.#offers?.made
    for (const packet of packets) {
      if (made?.goesOn === false) {
        await this.#settleOffers()
        await this.#sendAll(packet.slice())
      } else if (made?.add(packet) === true) await this.#offer(made)
      if (!this.#conversation.open) return
    }
  }

  /** Offers what was gathered, once there is credit for it; sends meanwhile what earlier offers lack. */
  async #offer(made: PacketOffers): Promise<void> {
    while (this.#creditBytes < made.gatheredBytes && this.#conversation.open) {
      if (!(await this.#sendLacking(made))) await this.#woken()
    }
    this.#creditBytes -= made.gatheredBytes
    if (this.#conversation.open) this.#conversation.send('uploadOffer', made.offer())
    while (await this.#sendLacking(made));
  }

  /** Resolves once everything that was offered is in the library, or sent. */
  async #settleOffers(): Promise<void> {
    const made = this.#offers?.made
    if (made === undefined) return
    if (made.gatheredBytes > 0) await this.#offer(made)
    while (made.isWaiting && this.#conversation.open) if (!(await this.#sendLacking(made))) await this.#woken()
  }

  /** Sends what the oldest offer lacks; credit was taken for it when it was offered. @returns false when it was not answered yet */
  async #sendLacking(made: PacketOffers): Promise<boolean> {
    const packets = made.takeLacking()
    for (const packet of packets ?? []) await this.#sendAll(packet, { onCredit: false })
    return packets !== undefined
  }

  async #sendAll(chunk: Uint8Array, { onCredit } = { onCredit: true }): Promise<void> {
    // A limited push sends as large a piece as is its due in a moment: the rate is kept over any second.
    const pieceBytes = Math.min(this.#limit.portionBytes, LIMITS.uploadChunkBytes)
    for (let at = 0; at < chunk.length && this.#conversation.open; at += pieceBytes) {
      const piece = chunk.subarray(at, at + pieceBytes)
      await this.#limit.turn(this, this, piece.length)
      while (!this.#maySend(onCredit ? piece.length : 0) && this.#conversation.open) await this.#woken()
      if (!this.#conversation.open) return
      this.#conversation.sendUpload(piece)
      this.sentBytes += piece.length
      if (onCredit) this.#creditBytes -= piece.length
    }
  }

  #maySend(creditBytes: number): boolean {
    return this.#creditBytes >= creditBytes && this.#conversation.bufferedBytes < LIMITS.childBufferBytes
  }

  #woken(): Promise<void> {
    return new Promise((resolve) => {
      this.#wake = resolve
    })
  }
}
