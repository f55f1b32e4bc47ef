/** No two different cipher texts under one key and nonce, whoever sends them: not of a packet sealed again, nor after any restart. */

import { digestOf } from '../../src/seal/digests.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import { contentPacket } from './liars.ts'
import type { OutgoingFrame, WatchedLink } from './watched-network.ts'

/** One packet of every transfer and stripe that goes over a link may stand behind what a child's buffer holds, and a table. */
const BEHIND_BUFFER_BYTES = 12 * 20 * 1024

export class PacketLaw {
  readonly #fail: (what: string) => void
  /** By transfer (each has a key of its own) and index (the nonce). */
  readonly #sealed = new Map<string, Buffer>()

  constructor(fail: (what: string) => void) {
    this.#fail = fail
  }

  outgoing(from: string, link: WatchedLink, frame: OutgoingFrame): void {
    const packet = contentPacket(frame)
    if (packet === undefined) return
    const nonce = `${packet.header.transfer}/${packet.header.index}`
    const digest = Buffer.from(digestOf(packet.sealed))
    const before = this.#sealed.get(nonce) ?? digest
    if (!before.equals(digest)) this.#fail(`${from} sent another cipher text for packet ${nonce} than was sent before`)
    this.#sealed.set(nonce, before)
    if (link.bufferedBytes > LIMITS.childBufferBytes + BEHIND_BUFFER_BYTES)
      this.#fail(`${from} keeps ${link.bufferedBytes} bytes for ${link.peer}`)
  }
}
