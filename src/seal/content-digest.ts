/**
 * The digest of a whole content, grown packet by packet:
 *
 *   SHA-256( content bytes, u64 big endian ‖ SHA-256( plain digest 0 ‖ plain digest 1 ‖ … ) )
 *
 * Two levels, because the length stands first and the content of a pipe has none before its end. It covers the packets' digests and not
 * the bytes again: whoever has checked every packet has checked the content.
 */

import { createHash } from 'node:crypto'
import { digestOf } from './digests.ts'

export class ContentDigest {
  readonly #digests = createHash('sha256')
  #contentBytes = 0

  /** Bytes of the packets added so far. */
  get contentBytes(): number {
    return this.#contentBytes
  }

  /** Adds the next packet of the content, in order. */
  add(packet: { readonly plainBytes: number; readonly plainDigest: Uint8Array }): void {
    this.#digests.update(packet.plainDigest)
    this.#contentBytes += packet.plainBytes
  }

  /** The 32 bytes for what was added so far; more can be added afterwards. */
  digest(): Uint8Array {
    const outer = new Uint8Array(40)
    new DataView(outer.buffer).setBigUint64(0, BigInt(this.#contentBytes))
    outer.set(this.#digests.copy().digest(), 8)
    return digestOf(outer)
  }
}
