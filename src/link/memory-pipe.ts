/**
 * One direction of a modelled connection: a queue at the sender, what is on its way, and a window that bounds it as TCP's does.
 *
 *   write -> queue -> (sender's uplink) -> on the way -> due -> receiver
 *            bufferedBytes                 \________ window ________/
 *
 * A parcel is what takes one turn on the uplink: a whole small frame or a piece of a large one.
 */

import type { Clock, Timer } from '../system/clock.ts'
import { Fifo } from './fifo.ts'
import { type MemoryHost, millisecondsFor, sooner } from './memory-host.ts'

export type Parcel =
  | {
      readonly kind: 'bytes'
      readonly pieces: readonly Uint8Array[]
      readonly bytes: number
      /** Called once they have arrived, when nothing reads the pieces any more. */
      readonly taken?: (() => void) | undefined
    }
  | { readonly kind: 'end'; readonly bytes: 0 }
  | { readonly kind: 'reset'; readonly bytes: 0 }

export interface PipeEnds {
  /** The sender's queue has become shorter. Never called from inside send(). */
  progress(): void
  /** Whether the receiver takes parcels now. */
  ready(): boolean
  deliver(parcel: Parcel): void
}

export interface PipeModel {
  readonly clock: Clock
  /** Bytes that may be on their way, or lie unread at the receiver. */
  readonly windowBytes: number
  /** What a parcel is late by, beyond latency and rate. */
  lateMs(): number
}

interface Arrival {
  atMs: number
  timer: Timer | undefined
}

export class MemoryPipe {
  readonly #model: PipeModel
  readonly #from: MemoryHost
  readonly #to: MemoryHost
  readonly #ends: PipeEnds
  readonly #queue = new Fifo<Parcel>()
  readonly #onTheWay = new Fifo<Parcel>()
  /** When the parcels on their way that are not due yet arrive, in order. */
  readonly #arrivals = new Set<Arrival>()
  #queuedBytes = 0
  #windowUsed = 0
  #unconfirmed = 0
  #due = 0
  #lastArrivalMs = 0
  #offered = false
  #severed = false

  constructor(model: PipeModel, hosts: { from: MemoryHost; to: MemoryHost }, ends: PipeEnds) {
    this.#model = model
    this.#from = hosts.from
    this.#to = hosts.to
    this.#ends = ends
  }

  get queuedBytes(): number {
    return this.#queuedBytes
  }

  get empty(): boolean {
    return this.#queue.length === 0
  }

  send(parcel: Parcel): void {
    this.#queue.push(parcel)
    this.#queuedBytes += parcel.bytes
    this.offer()
  }

  /** Asks for a turn on the uplink when there is something that may go. */
  offer(): void {
    if (this.#offered || this.#queue.length === 0 || !this.#mayGo()) return
    this.#offered = true
    this.#from.enqueue(this)
  }

  /**
   * The turn has come: the next parcel starts its way.
   * @returns for how long it keeps the uplink, milliseconds
   */
  transmit(nowMs: number): number {
    this.#offered = false
    const parcel = this.#mayGo() ? this.#queue.shift() : undefined
    if (!parcel) return 0
    this.#queuedBytes -= parcel.bytes
    this.#windowUsed += parcel.bytes
    const uplinkMs = millisecondsFor(parcel.bytes, this.#from.line.uplinkBytesPerSecond)
    const latencyMs = this.#from.latencyTo(this.#to) + this.#model.lateMs()
    const firstMs = nowMs + latencyMs
    this.#arriveAt(parcel, this.#to.receiveBy(parcel.bytes, { firstMs, lastMs: firstMs + uplinkMs }))
    queueMicrotask(() => this.#ends.progress())
    return uplinkMs
  }

  /** What is on its way still arrives, then a reset; what was queued is lost. */
  reset(): void {
    this.#queue.clear()
    this.#queuedBytes = 0
    if (this.#severed) return
    const parcel: Parcel = { kind: 'reset', bytes: 0 }
    this.#arriveAt(parcel, this.#model.clock.monotonic() + this.#from.latencyTo(this.#to))
  }

  /** Nothing gets through any more, and nobody is told. */
  sever(): void {
    this.#severed = true
  }

  /** Goes on after whatever stood in the way is gone. */
  wake(): void {
    this.#deliverDue()
    this.#confirm()
    this.offer()
  }

  #mayGo(): boolean {
    return !this.#severed && this.#windowUsed < this.#model.windowBytes && this.#from.reaches(this.#to)
  }

  /** The receiver's line is faster now: only this share of the time is left until each arrival. */
  hasten(share: number): void {
    const nowMs = this.#model.clock.monotonic()
    this.#lastArrivalMs = sooner(this.#lastArrivalMs, nowMs, share)
    for (const arrival of this.#arrivals) {
      arrival.atMs = sooner(arrival.atMs, nowMs, share)
      arrival.timer?.cancel()
      arrival.timer = this.#arrive(arrival)
    }
  }

  /** Parcels of one pipe arrive in the order they were sent, whatever delays one of them. */
  #arriveAt(parcel: Parcel, atMs: number): void {
    this.#lastArrivalMs = Math.max(this.#lastArrivalMs, atMs)
    this.#onTheWay.push(parcel)
    const arrival: Arrival = { atMs: this.#lastArrivalMs, timer: undefined }
    this.#arrivals.add(arrival)
    arrival.timer = this.#arrive(arrival)
    this.#to.incoming.add(this)
  }

  #arrive(arrival: Arrival): Timer {
    return this.#model.clock.after(arrival.atMs - this.#model.clock.monotonic(), () => {
      this.#arrivals.delete(arrival)
      if (this.#arrivals.size === 0) this.#to.incoming.delete(this)
      this.#due += 1
      this.#deliverDue()
    })
  }

  #deliverDue(): void {
    while (this.#due > 0 && !this.#severed && this.#from.reaches(this.#to) && this.#ends.ready()) {
      this.#due -= 1
      const parcel = this.#onTheWay.shift() as Parcel
      this.#unconfirmed += parcel.bytes
      this.#ends.deliver(parcel)
      this.#confirm()
    }
  }

  /** The receiver's confirmations travel the other way, so a cut there fills the window too. */
  #confirm(): void {
    if (!this.#to.reaches(this.#from)) return
    this.#windowUsed -= this.#unconfirmed
    this.#unconfirmed = 0
    this.offer()
  }
}
