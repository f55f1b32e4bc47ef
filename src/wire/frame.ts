/**
 * The frame: what every message and packet travels in (treecast-protocol(7), FRAMES).
 *
 *    0         1         2                   4                                       8
 *   +---------+---------+-------------------+---------------------------------------+----- ...
 *   | version | type    | flags (zero)      | body length                           | body
 *   +---------+---------+-------------------+---------------------------------------+----- ...
 *
 * Numbers are big-endian. A decoder reads version, type, flags, then the length against the limit of that type, and only then sets memory
 * aside. "More bytes are needed" and "these bytes are bad" are different answers. Pure: no socket, no meaning of types.
 */

import { type ErrorCode, type ErrorFacts, TreecastError } from '../system/errors.ts'
import { unsetBytes } from '../system/packet-memory.ts'

export const FRAME_VERSION = 1
export const FRAME_HEADER_BYTES = 8
const LARGEST_BODY_BYTES = 0xffff_ffff

/** A frame as it arrived. Its body is alone in its memory, for whoever gets the frame to keep or to give back. */
export interface DecodedFrame {
  readonly type: number
  readonly body: Uint8Array
}

/** The largest body accepted of a frame of this type, in bytes. */
export type FrameLimit = (type: number) => number

export type DecodeStep =
  | { readonly kind: 'frame'; readonly frame: DecodedFrame }
  /** All that was pushed is used up. */
  | { readonly kind: 'more' }
  /** The stream cannot be read on; every later step says the same. */
  | { readonly kind: 'bad'; readonly error: TreecastError }

const MORE: DecodeStep = { kind: 'more' }

/**
 * The 8 bytes in front of a body of `bodyBytes`.
 * @throws E_FRAME_TYPE, E_FRAME_TOO_LARGE when a number does not fit its field
 */
export function encodeFrameHeader(type: number, bodyBytes: number): Uint8Array {
  if (!isWhole(type, 0xff))
    throw new TreecastError('E_FRAME_TYPE', `a frame's type is a whole number to 255, not ${type}`)
  if (!isWhole(bodyBytes, LARGEST_BODY_BYTES)) {
    throw new TreecastError('E_FRAME_TOO_LARGE', `a frame cannot hold a body of ${bodyBytes} bytes`)
  }
  const header = new Uint8Array(FRAME_HEADER_BYTES)
  header[0] = FRAME_VERSION
  header[1] = type
  header[4] = bodyBytes >>> 24
  header[5] = bodyBytes >>> 16
  header[6] = bodyBytes >>> 8
  header[7] = bodyBytes
  return header
}

/**
 * Cuts a stream of bytes into frames: `push` a chunk, then take steps until one is not a frame.
 *
 * Each byte of a body is copied once, out of the chunk it came in: what becomes of a chunk afterwards concerns no frame.
 */
export class FrameDecoder {
  #limit: FrameLimit
  #chunk: Uint8Array = new Uint8Array(0)
  #at = 0
  readonly #header = new Uint8Array(FRAME_HEADER_BYTES)
  #headerBytes = 0
  #body: Uint8Array | undefined
  #bodyBytes = 0
  #bad: DecodeStep | undefined

  constructor(limit: FrameLimit) {
    this.#limit = limit
  }

  /** Sets the limit from the next frame on, also of frames whose bytes were pushed before. */
  allow(limit: FrameLimit): void {
    this.#limit = limit
  }

  /** Whether the bytes so far end inside a frame. */
  get insideFrame(): boolean {
    return this.#headerBytes > 0
  }

  /** Hands over the next bytes of the stream, which must not change until they are used up. Earlier bytes must be used up. */
  push(chunk: Uint8Array): void {
    if (this.#at < this.#chunk.length)
      throw new TreecastError('E_BROKEN_INVARIANT', 'pushed before the last chunk was read')
    this.#chunk = chunk
    this.#at = 0
  }

  /** The next frame, or why there is none. Faults: E_FRAME_VERSION, E_FRAME_FLAGS, E_FRAME_TOO_LARGE. */
  next(): DecodeStep {
    if (this.#bad) return this.#bad
    if (this.#headerBytes < FRAME_HEADER_BYTES) {
      this.#readHeader()
      if (this.#bad) return this.#bad
      if (this.#headerBytes < FRAME_HEADER_BYTES) return this.#needMore()
    }
    const body = this.#readBody()
    if (!body) return this.#needMore()
    const frame = { type: this.#header[1] as number, body }
    this.#headerBytes = 0
    this.#body = undefined
    this.#bodyBytes = 0
    return { kind: 'frame', frame }
  }

  /** A used-up chunk is let go at once: an idle link holds no memory. */
  #needMore(): DecodeStep {
    this.#chunk = new Uint8Array(0)
    this.#at = 0
    return MORE
  }

  /** Judges each field as soon as its bytes are there: a peer that speaks another protocol is found out by its first byte. */
  #readHeader(): void {
    while (this.#headerBytes < FRAME_HEADER_BYTES && this.#at < this.#chunk.length) {
      this.#header[this.#headerBytes] = this.#chunk[this.#at] as number
      this.#headerBytes += 1
      this.#at += 1
      if (this.#headerBytes === 1) this.#checkVersion()
      if (this.#headerBytes === 4) this.#checkFlags()
      if (this.#headerBytes === FRAME_HEADER_BYTES) this.#checkLength()
      if (this.#bad) return
    }
  }

  #checkVersion(): void {
    const version = this.#header[0] as number
    if (version === FRAME_VERSION) return
    this.#fail('E_FRAME_VERSION', `the peer sent frame version ${version}, this is version ${FRAME_VERSION}`, {
      version,
    })
  }

  #checkFlags(): void {
    const flags = ((this.#header[2] as number) << 8) | (this.#header[3] as number)
    if (flags !== 0) this.#fail('E_FRAME_FLAGS', `the peer set frame flags ${flags}, none is defined`, { flags })
  }

  #checkLength(): void {
    const bodyBytes = bodyLength(this.#header)
    const type = this.#header[1] as number
    const limitBytes = this.#limit(type)
    if (bodyBytes <= limitBytes) return
    this.#fail(
      'E_FRAME_TOO_LARGE',
      `the peer sent a frame of type ${type} with ${bodyBytes} bytes, at most ${limitBytes} are accepted`,
      {
        type,
        bodyBytes,
        limitBytes,
      },
    )
  }

  #fail(code: ErrorCode, message: string, facts: ErrorFacts): void {
    this.#bad = { kind: 'bad', error: new TreecastError(code, message, { facts }) }
    this.#chunk = new Uint8Array(0)
    this.#at = 0
  }

  #readBody(): Uint8Array | undefined {
    const length = bodyLength(this.#header)
    this.#body ??= unsetBytes(length)
    const take = Math.min(this.#chunk.length - this.#at, length - this.#bodyBytes)
    this.#body.set(this.#chunk.subarray(this.#at, this.#at + take), this.#bodyBytes)
    this.#bodyBytes += take
    this.#at += take
    return this.#bodyBytes === length ? this.#body : undefined
  }
}

function bodyLength(header: Uint8Array): number {
  return (
    (header[4] as number) * 2 ** 24 +
    ((header[5] as number) << 16) +
    ((header[6] as number) << 8) +
    (header[7] as number)
  )
}

function isWhole(value: number, most: number): boolean {
  return Number.isInteger(value) && value >= 0 && value <= most
}
