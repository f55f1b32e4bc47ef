/**
 * One direction of a proxied connection: takes bytes from `source`, keeps them as long as the faults say, hands them to `sink`.
 *
 * Order is kept, and the end of the source reaches the sink after its last byte. At most HELD_BYTES and one read are kept; then the
 * source is not read, so that its sender feels the slow line as it would a real one.
 */

import type { Socket } from 'node:net'
import type { Clock, Timer } from '../../../src/system/clock.ts'
import { corrupted, departure, type Faults, slices } from './faults.ts'

const HELD_BYTES = 1024 * 1024

export interface LaneOptions {
  readonly source: Socket
  readonly sink: Socket
  readonly clock: Clock
  /** The faults of this moment. */
  readonly faults: () => Faults
  /**
   * Asked before `bytes` are handed on: how many of them may be. When that is fewer, the lane hands those on, calls `cut` once the
   * network has them, and does nothing more.
   */
  readonly admit: (bytes: number) => number
  readonly cut: () => void
}

/** A piece on its way; no bytes stand for the end of the source. */
interface Piece {
  readonly bytes: Uint8Array | undefined
  readonly arrivesMs: number
}

export class Lane {
  readonly #options: LaneOptions
  readonly #pieces: Piece[] = []
  #heldBytes = 0
  #takenBytes = 0
  #lineFreeMs = 0
  #sinkFull = false
  #over = false
  #timer: Timer | undefined

  constructor(options: LaneOptions) {
    this.#options = options
    const { source, sink } = options
    source.on('data', (bytes: Uint8Array) => this.#take(bytes))
    source.on('end', () => this.#enqueue(undefined))
    sink.on('drain', () => {
      this.#sinkFull = false
      this.refresh()
    })
  }

  /** Bytes that were taken and not yet handed on. */
  get heldBytes(): number {
    return this.#heldBytes
  }

  /** Looks at the faults again: they have changed, or time has passed. */
  refresh(): void {
    this.#timer?.cancel()
    if (this.#over) return
    this.#readOrNot()
    const [next] = this.#pieces
    if (!next || this.#sinkFull || this.#options.faults().stalled) return
    const waitMs = Math.max(0, next.arrivesMs - this.#options.clock.monotonic())
    const run = () => {
      this.#handOn()
      this.refresh()
    }
    this.#timer = waitMs > 0 ? this.#options.clock.after(waitMs, run) : nextTurn(run)
  }

  /** The connection is gone: nothing more is taken or handed on. */
  stop(): void {
    this.#over = true
    this.#timer?.cancel()
    this.#pieces.length = 0
    this.#heldBytes = 0
  }

  #take(bytes: Uint8Array): void {
    const { corruptEveryBytes, sliceBytes } = this.#options.faults()
    const faulty = corrupted(bytes, this.#takenBytes, corruptEveryBytes)
    this.#takenBytes += bytes.length
    for (const piece of slices(faulty, sliceBytes)) this.#enqueue(piece)
  }

  #enqueue(bytes: Uint8Array | undefined): void {
    if (this.#over) return
    const length = bytes?.length ?? 0
    const nowMs = this.#options.clock.monotonic()
    const { lineFreeMs, arrivesMs } = departure(
      { nowMs, lineFreeMs: this.#lineFreeMs, bytes: length },
      this.#options.faults(),
    )
    this.#lineFreeMs = lineFreeMs
    this.#heldBytes += length
    this.#pieces.push({ bytes, arrivesMs })
    this.refresh()
  }

  #handOn(): void {
    const piece = this.#pieces.shift()
    if (!piece) return
    const { sink, admit, cut } = this.#options
    if (!piece.bytes) {
      sink.end()
      return
    }
    this.#heldBytes -= piece.bytes.length
    const admitted = admit(piece.bytes.length)
    if (admitted < piece.bytes.length) {
      this.stop()
      sink.write(piece.bytes.subarray(0, admitted), () => cut())
      return
    }
    this.#sinkFull = !sink.write(piece.bytes)
  }

  #readOrNot(): void {
    const { source, faults } = this.#options
    if (faults().stalled || this.#heldBytes >= HELD_BYTES) source.pause()
    else source.resume()
  }
}

/** One piece a turn of the event loop: the other end has the chance to read each on its own. */
function nextTurn(run: () => void): Timer {
  const turn = setImmediate(run)
  return { cancel: () => clearImmediate(turn) }
}
