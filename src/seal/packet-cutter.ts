/**
 * A stream of bytes cut into packets as it comes, however it comes in pieces. Two ends with the same stream and cuts make the same packets.
 *
 *   add(bytes) ──► every packet whose end they show        rest() ──► what is left
 *
 * Guarantee: no packet reaches beyond the end of the entry list that the stream begins with.
 */

import type { PacketCuts } from './packet-cuts.ts'

export interface PacketCutterOptions {
  readonly cuts: PacketCuts
  /** How much of the beginning is the entry list. */
  readonly entryListBytes: number
}

export class PacketCutter {
  readonly #options: PacketCutterOptions
  /** The bytes behind the last packet. */
  readonly #buffer: Uint8Array
  #filledBytes = 0
  #cutBytes = 0

  constructor(options: PacketCutterOptions) {
    this.#options = options
    this.#buffer = new Uint8Array(options.cuts.mostBytes)
  }

  /** Bytes taken so far. */
  get bytes(): number {
    return this.#cutBytes + this.#filledBytes
  }

  /** Takes the next bytes. To be run to its end; a packet is good until the next is asked for. */
  *add(bytes: Uint8Array): Generator<Uint8Array> {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + this.#roomBytes - this.#filledBytes)
      this.#buffer.set(part, this.#filledBytes)
      this.#filledBytes += part.length
      at += part.length
      while (this.#filledBytes > 0 && this.#filledBytes === this.#roomBytes) yield* this.#next()
    }
  }

  /** No more bytes. To be run to its end. */
  *rest(): Generator<Uint8Array> {
    while (this.#filledBytes > 0) yield* this.#next()
  }

  /** How many bytes it takes to know where the next packet ends. */
  get #roomBytes(): number {
    const { cuts, entryListBytes } = this.#options
    return this.#cutBytes < entryListBytes ? Math.min(cuts.mostBytes, entryListBytes - this.#cutBytes) : cuts.mostBytes
  }

  *#next(): Generator<Uint8Array> {
    const { cuts } = this.#options
    const packet = this.#buffer.subarray(0, cuts.packetAt(this.#buffer.subarray(0, this.#filledBytes)))
    this.#filledBytes -= packet.length
    this.#cutBytes += packet.length
    yield packet
    this.#buffer.copyWithin(0, packet.length, packet.length + this.#filledBytes)
  }
}
