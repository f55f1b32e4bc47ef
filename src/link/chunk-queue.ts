/** Bytes that wait for a socket, in order. */

import { Fifo } from './fifo.ts'

export class ChunkQueue {
  readonly #chunks = new Fifo<Uint8Array>()
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
    const first = this.#chunks.shift()
    if (!first) return undefined
    const taken = [first]
    let takenBytes = first.length
    for (let next = this.#chunks.peek(); next && takenBytes + next.length <= joinBytes; next = this.#chunks.peek()) {
      this.#chunks.shift()
      taken.push(next)
      takenBytes += next.length
    }
    this.#bytes -= takenBytes
    return taken.length === 1 ? first : Buffer.concat(taken, takenBytes)
  }

  clear(): void {
    this.#chunks.clear()
    this.#bytes = 0
  }
}
