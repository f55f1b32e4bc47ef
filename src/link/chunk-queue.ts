/** Bytes that wait for a socket, in order. */

import { Fifo } from './fifo.ts'

interface Waiting {
  readonly bytes: Uint8Array
  /** For the socket to call when it has these bytes. */
  readonly taken: (() => void) | undefined
}

/** What is handed to the socket next. */
export interface TakenChunk {
  readonly bytes: Uint8Array
  readonly taken: readonly (() => void)[]
}

export class ChunkQueue {
  readonly #chunks = new Fifo<Waiting>()
  #bytes = 0

  get bytes(): number {
    return this.#bytes
  }

  push(bytes: Uint8Array, taken?: () => void): void {
    if (bytes.length === 0 && taken === undefined) return
    this.#chunks.push({ bytes, taken })
    this.#bytes += bytes.length
  }

  /** The next chunk, or as many of the next chunks as fit into `joinBytes` together as one; undefined when nothing waits. */
  take(joinBytes: number): TakenChunk | undefined {
    const first = this.#chunks.shift()
    if (!first) return undefined
    const chunks = [first]
    let bytes = first.bytes.length
    for (let next = this.#chunks.peek(); next && bytes + next.bytes.length <= joinBytes; next = this.#chunks.peek()) {
      this.#chunks.shift()
      chunks.push(next)
      bytes += next.bytes.length
    }
    this.#bytes -= bytes
    return { bytes: joined(chunks, bytes), taken: chunks.flatMap(({ taken }) => taken ?? []) }
  }

  clear(): void {
    this.#chunks.clear()
    this.#bytes = 0
  }
}

function joined(chunks: readonly Waiting[], bytes: number): Uint8Array {
  const [first] = chunks
  if (first !== undefined && chunks.length === 1) return first.bytes
  return Buffer.concat(
    chunks.map((chunk) => chunk.bytes),
    bytes,
  )
}
