/**
 * A byte transport over one TLS socket whose handshake is done.
 *
 * The socket is given one buffer at a time, the next when it has taken the last: a stream that queues by itself would join its
 * queue into one new buffer, a copy of every payload. Small buffers that wait together are joined here, so that a burst of
 * little frames costs one record and not one each.
 */

import type { TLSSocket } from 'node:tls'
import { giveBack, isAlone } from '../system/packet-memory.ts'
import type { ByteTransport, TransportEvents } from './byte-transport.ts'
import { ChunkQueue } from './chunk-queue.ts'
import type { Traffic } from './traffic.ts'

/** One TLS record: joining more saves nothing. */
const JOIN_BYTES = 16 * 1024

export class TlsTransport implements ByteTransport {
  readonly #socket: TLSSocket
  readonly #traffic: Traffic | undefined
  readonly #queue = new ChunkQueue()
  #writing = false
  #ended = false
  #events: TransportEvents | undefined

  constructor(socket: TLSSocket, traffic?: Traffic) {
    this.#socket = socket
    this.#traffic = traffic
    socket.pause()
  }

  get bufferedBytes(): number {
    return this.#queue.bytes + this.#socket.writableLength
  }

  open(events: TransportEvents): void {
    this.#events = events
    let fault: Error | undefined
    this.#socket.on('error', (error) => {
      fault ??= error
    })
    this.#socket.on('close', () => {
      this.#queue.clear()
      events.closed(fault)
    })
  }

  resume(): void {
    this.#socket.on('data', (chunk: Uint8Array) => {
      if (this.#traffic !== undefined) this.#traffic.receivedBytes += chunk.length
      this.#events?.data(chunk)
      if (isAlone(chunk)) giveBack(chunk)
    })
    this.#socket.resume()
  }

  write(chunks: readonly Uint8Array[], taken?: () => void): void {
    if (this.#ended || this.#socket.destroyed) return
    chunks.forEach((chunk, index) => {
      this.#queue.push(chunk, index === chunks.length - 1 ? taken : undefined)
    })
    this.#pump()
  }

  end(): void {
    this.#ended = true
    this.#pump()
  }

  destroy(): void {
    this.#ended = true
    try {
      this.#socket.resetAndDestroy()
    } catch {
      // Node cannot reset a TLS socket (Bun can): its peer sees an end and not a fault.
      this.#socket.destroy()
    }
  }

  #pump(): void {
    if (this.#writing || this.#socket.destroyed) return
    const next = this.#queue.take(JOIN_BYTES)
    if (next) {
      this.#writing = true
      if (this.#traffic !== undefined) this.#traffic.sentBytes += next.bytes.length
      this.#socket.write(next.bytes, (error) => this.#written(error, next.taken))
    } else if (this.#ended) {
      this.#socket.end()
    }
  }

  #written(error: Error | null | undefined, taken: readonly (() => void)[]): void {
    this.#writing = false
    if (error) return
    for (const tell of taken) tell()
    this.#pump()
    this.#events?.progress()
  }
}
