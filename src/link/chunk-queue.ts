/** Bytes that wait for the network, in order. Taking from a long queue costs no more than from a short one. */

/** Takes out of the front are forgotten in one go once they are this many and half of the array. */
const COMPACT_AFTER = 1024

export class ChunkQueue {
  #chunks: Uint8Array[] = []
  #head = 0
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(chunk: Uint8Array): void {
    if (chunk.length === 0) return
    this.#chunks.push(chunk)
    this.#bytes += chunk.length
  }

  /** The next chunk, or as many of the next chunks as fit into `joinBytes` together as one; undefined when nothing waits. */
  take(joinBytes: number): Uint8Array | undefined {
    const first = this.#chunks[this.#head]
    if (!first) return undefined
    let end = this.#head + 1
    let joined = first.length
    for (let next = this.#chunks[end]; next && joined + next.length <= joinBytes; next = this.#chunks[end]) {
      joined += next.length
      end += 1
    }
    const taken = end === this.#head + 1 ? first : Buffer.concat(this.#chunks.slice(this.#head, end), joined)
    this.#bytes -= joined
    this.#head = end
    this.#compact()
    return taken
  }

  clear(): void {
    this.#chunks = []
    this.#head = 0
    this.#bytes = 0
  }

  #compact(): void {
    if (this.#head === this.#chunks.length) {
      this.#chunks = []
      this.#head = 0
    } else if (this.#head >= COMPACT_AFTER && this.#head * 2 >= this.#chunks.length) {
      this.#chunks = this.#chunks.slice(this.#head)
      this.#head = 0
    }
  }
}
