/**
 * The memory of packets, given back the moment nobody needs it. Left to the collector it comes back late and in bulk: at full speed a
 * relay would hold hundreds of MiB that are dead, and spend a third of its time on fresh pages.
 *
 * Guarantee: an array that was given back is empty. Whoever reads it too late finds nothing, never the bytes of another packet. One that is
 * never given back is no leak: the collector finds it.
 */

import { invariant } from './errors.ts'

/** An array alone in its memory, which holds anything: to be filled before it is shown to anybody. */
export function unsetBytes(length: number): Uint8Array {
  const { buffer } = Buffer.allocUnsafeSlow(length)
  return new Uint8Array(buffer)
}

/** Gives back the memory behind `bytes`: all of it, so nothing else that is needed may lie there. Harmless the second time. */
export function giveBack(bytes: Uint8Array): void {
  if (bytes.buffer instanceof ArrayBuffer && !bytes.buffer.detached) bytes.buffer.transfer(0)
}

/** Whether nothing else can lie in the memory behind `bytes`. */
export function isAlone(bytes: Uint8Array): boolean {
  return bytes.byteLength === bytes.buffer.byteLength
}

/** Bytes that several hold at once, given back when the last of them lets go. Who makes one is the first holder. */
export class SharedBytes {
  readonly bytes: Uint8Array
  #holders = 1

  /** @param bytes the only thing that is needed of the memory behind them */
  constructor(bytes: Uint8Array) {
    this.bytes = bytes
  }

  hold(): this {
    invariant(this.#holders > 0, 'bytes are held only while somebody holds them')
    this.#holders++
    return this
  }

  letGo(): void {
    invariant(this.#holders > 0, 'bytes are let go once by each holder')
    this.#holders--
    if (this.#holders === 0) giveBack(this.bytes)
  }
}
