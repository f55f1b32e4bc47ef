/**
 * The sealed packets that passed through here most recently, oldest out first: what is relayed is the very bytes that were received.
 * Guarantee: never more than `capacityBytes`, whatever the children do.
 */

import type { SharedBytes } from '../system/packet-memory.ts'

export class SealedWindow {
  readonly #packets = new Map<number, SharedBytes>()
  readonly #capacityBytes: number
  #bytes = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  /** To be held by whoever keeps it beyond the call. */
  get(index: number): SharedBytes | undefined {
    return this.#packets.get(index)
  }

  /** Holds the packet while it is among the last that came. */
  put(index: number, sealed: SharedBytes): void {
    if (sealed.bytes.length > this.#capacityBytes || this.#packets.has(index)) return
    this.#packets.set(index, sealed.hold())
    this.#bytes += sealed.bytes.length
    for (const [oldest, packet] of this.#packets) {
      if (this.#bytes <= this.#capacityBytes) return
      this.#packets.delete(oldest)
      this.#bytes -= packet.bytes.length
      packet.letGo()
    }
  }

  clear(): void {
    for (const packet of this.#packets.values()) packet.letGo()
    this.#packets.clear()
    this.#bytes = 0
  }
}
