/**
 * The sealed packets that passed through here most recently, oldest out first: what is relayed is the very bytes that were received.
 * Guarantee: never more than `capacityBytes`, whatever the children do.
 */

export class SealedWindow {
  readonly #packets = new Map<number, Uint8Array>()
  readonly #capacityBytes: number
  #bytes = 0

  constructor(capacityBytes: number) {
    this.#capacityBytes = capacityBytes
  }

  get bytes(): number {
    return this.#bytes
  }

  get(index: number): Uint8Array | undefined {
    return this.#packets.get(index)
  }

  put(index: number, sealed: Uint8Array): void {
    if (sealed.length > this.#capacityBytes || this.#packets.has(index)) return
    this.#packets.set(index, sealed)
    this.#bytes += sealed.length
    for (const [oldest, bytes] of this.#packets) {
      if (this.#bytes <= this.#capacityBytes) return
      this.#packets.delete(oldest)
      this.#bytes -= bytes.length
    }
  }

  clear(): void {
    this.#packets.clear()
    this.#bytes = 0
  }
}
