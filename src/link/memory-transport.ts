/**
 * One end of a modelled connection, as a byte transport. It behaves as a TLS socket does: nothing is delivered before resume(), the
 * end of one direction ends the other when its queue is empty, and a destroyed end resets its peer.
 */

import type { ByteTransport, TransportEvents } from './byte-transport.ts'
import type { MemoryHost } from './memory-host.ts'
import { MemoryPipe, type Parcel, type PipeModel } from './memory-pipe.ts'

export interface ConnectionModel extends PipeModel {
  /** What one turn on an uplink carries at most. */
  readonly parcelBytes: number
}

export class MemoryTransport implements ByteTransport {
  readonly host: MemoryHost
  readonly #parcelBytes: number
  // pair() sets both before anyone else holds this end.
  #peer!: MemoryTransport
  #out!: MemoryPipe
  #events: TransportEvents | undefined
  #resumed = false
  #saidEnd = false
  #heardEnd = false
  #closed = false

  private constructor(host: MemoryHost, parcelBytes: number) {
    this.host = host
    this.#parcelBytes = parcelBytes
    host.transports.add(this)
  }

  /** Both ends of a new connection, the dialler's first. */
  static pair(model: ConnectionModel, dialler: MemoryHost, acceptor: MemoryHost): [MemoryTransport, MemoryTransport] {
    const near = new MemoryTransport(dialler, model.parcelBytes)
    const far = new MemoryTransport(acceptor, model.parcelBytes)
    near.#connect(model, far)
    far.#connect(model, near)
    return [near, far]
  }

  get bufferedBytes(): number {
    return this.#out.queuedBytes
  }

  open(events: TransportEvents): void {
    this.#events = events
  }

  resume(): void {
    this.#resumed = true
    queueMicrotask(() => this.#peer.#out.wake())
  }

  write(chunks: readonly Uint8Array[], taken?: () => void): void {
    if (this.#saidEnd || this.#closed) return
    for (const parcel of cutIntoParcels(chunks, this.#parcelBytes, taken)) this.#out.send(parcel)
  }

  end(): void {
    if (this.#saidEnd || this.#closed) return
    this.#saidEnd = true
    this.#out.send({ kind: 'end', bytes: 0 })
  }

  destroy(): void {
    if (this.#closed) return
    this.#out.reset()
    this.#close(undefined)
  }

  /** Both directions go on, after a pause or a partition. */
  wake(): void {
    this.#out.wake()
    this.#peer.#out.wake()
  }

  /** The host at the other end. */
  get peerHost(): MemoryHost {
    return this.#peer.host
  }

  /** As destroy(), but nobody on this host hears of it: its process is gone. */
  killSaying(farewell: 'reset' | 'nothing'): void {
    this.#events = undefined
    if (farewell === 'reset') this.destroy()
    else this.severBoth()
    this.#close(undefined)
  }

  /** The network loses the connection: from now on nothing passes, and neither end is told. */
  severBoth(): void {
    this.#out.sever()
    this.#peer.#out.sever()
  }

  /** The network resets the connection at both ends. */
  resetBoth(): void {
    this.severBoth()
    this.#close(resetError())
    this.#peer.#close(resetError())
  }

  #connect(model: ConnectionModel, peer: MemoryTransport): void {
    this.#peer = peer
    this.#out = new MemoryPipe(
      model,
      { from: this.host, to: peer.host },
      {
        progress: () => this.#progress(),
        ready: () => peer.#takesParcels(),
        deliver: (parcel) => peer.#take(parcel),
      },
    )
  }

  #takesParcels(): boolean {
    return this.#closed || (this.#resumed && this.host.state === 'up')
  }

  #progress(): void {
    if (this.#closed) return
    this.#events?.progress()
    this.#closeWhenBothEnded()
  }

  #take(parcel: Parcel): void {
    if (this.#closed) return
    if (parcel.kind === 'reset') {
      this.#close(resetError())
    } else if (parcel.kind === 'end') {
      this.#heardEnd = true
      this.end()
      this.#closeWhenBothEnded()
    } else {
      for (const piece of parcel.pieces) if (!this.#closed) this.#events?.data(piece)
      parcel.taken?.()
    }
  }

  #closeWhenBothEnded(): void {
    if (this.#saidEnd && this.#heardEnd && this.#out.empty) this.#close(undefined)
  }

  #close(error: Error | undefined): void {
    if (this.#closed) return
    this.#closed = true
    this.host.transports.delete(this)
    queueMicrotask(() => this.#events?.closed(error))
  }
}

/** A write that fits into one parcel is joined into one array, a larger one is cut into views: the receiver copies out of either. */
function cutIntoParcels(chunks: readonly Uint8Array[], parcelBytes: number, taken: (() => void) | undefined): Parcel[] {
  let bytes = 0
  for (const chunk of chunks) bytes += chunk.length
  if (bytes <= parcelBytes) return [{ kind: 'bytes', pieces: [join(chunks, bytes)], bytes, taken }]
  const parcels: Parcel[] = []
  let bytesLeft = bytes
  let pieces: Uint8Array[] = []
  let room = parcelBytes
  for (const chunk of chunks) {
    for (let at = 0; at < chunk.length; ) {
      const piece = chunk.subarray(at, at + room)
      pieces.push(piece)
      at += piece.length
      room -= piece.length
      if (room > 0) continue
      bytesLeft -= parcelBytes
      parcels.push({ kind: 'bytes', pieces, bytes: parcelBytes, taken: bytesLeft === 0 ? taken : undefined })
      pieces = []
      room = parcelBytes
    }
  }
  if (room < parcelBytes) parcels.push({ kind: 'bytes', pieces, bytes: parcelBytes - room, taken })
  return parcels
}

function join(chunks: readonly Uint8Array[], bytes: number): Uint8Array {
  const joined = new Uint8Array(bytes)
  let at = 0
  for (const chunk of chunks) {
    joined.set(chunk, at)
    at += chunk.length
  }
  return joined
}

function resetError(): Error {
  return Object.assign(new Error('the connection was reset'), { code: 'ECONNRESET' })
}
