/**
 * The plain bytes of a content that comes into the library, when the library has one that may be the same:
 *
 *   same so far ──a byte differs, or there are more──► its own: what was the same is copied, everything else is written
 *        └── to the end ──► nothing was written: it is the same content
 *
 * Guarantees: bytes are compared, not digests, so that what reads as the same is the same. What was written is read back the same in every
 * state; the bytes of the other stay readable while it is open here, also when the library gives it up.
 */

import { isZero } from '../content/holes.ts'
import type { ContentFile } from '../content/stored-content.ts'
import { codeOf } from '../system/errors.ts'
import type { OpenFile } from '../system/files.ts'
import { giveBack } from '../system/packet-memory.ts'

const COPIED_BYTES = 1024 * 1024

type ReadableBytes = Pick<OpenFile, 'read'>

/** A content of the library that the new one may be the same as. */
export interface LikelyTwin {
  readonly digest: string
  readonly bytes: number
  readonly file: OpenFile
}

export interface IncomingBytesOptions {
  /** New and empty. */
  readonly own: OpenFile
  readonly twin: LikelyTwin | undefined
  /** It needs room of its own from here on. @throws E_LIBRARY_FULL */
  readonly parted: () => Promise<void>
  /** The disk is full: lets go of what nobody needs. @returns whether there was any */
  readonly makeSpace: () => Promise<boolean>
}

export class IncomingBytes implements ContentFile {
  readonly #options: IncomingBytesOptions
  /** Up to here it is the same as the twin, and not written. */
  #sameBytes = 0
  #isTwin: boolean

  constructor(options: IncomingBytesOptions) {
    this.#options = options
    this.#isTwin = options.twin !== undefined
  }

  /** Whether nothing is written, because all bytes so far are the twin's. */
  get sharesTwin(): boolean {
    return this.#isTwin
  }

  /** Whether a content of so many bytes, if that is known, would still be the same as the twin. */
  mayShare(bytes: number | null): boolean {
    return this.#isTwin && (bytes === null || bytes === this.#options.twin?.bytes)
  }

  /** The content that this one, which ends at `bytes`, is the same as. */
  twinAt(bytes: number): LikelyTwin | undefined {
    const { twin } = this.#options
    return this.#isTwin && twin?.bytes === bytes && this.#sameBytes === bytes ? twin : undefined
  }

  /** Writes the next bytes, at the end of those that were written. Calls must not overlap. */
  async write(at: number, bytes: Uint8Array): Promise<void> {
    if (this.#isTwin && (await this.#isSame(at, bytes))) {
      this.#sameBytes = at + bytes.length
      return
    }
    await this.part()
    await this.#writeOwn(at, bytes)
  }

  /** Makes it a content of its own; harmless when it is one. */
  async part(): Promise<void> {
    const { twin } = this.#options
    if (!this.#isTwin || twin === undefined) return
    await this.#options.parted()
    for (let at = 0; at < this.#sameBytes; at += COPIED_BYTES) {
      const bytes = await readWhole(twin.file, at, Math.min(COPIED_BYTES, this.#sameBytes - at))
      await this.#writeOwn(at, bytes)
      giveBack(bytes)
    }
    this.#isTwin = false
  }

  read(at: number, length: number): Promise<Uint8Array> {
    const { own, twin } = this.#options
    return this.#isTwin && twin !== undefined ? twin.file.read(at, length) : own.read(at, length)
  }

  /** What is the twin's was synced when the library took that in. */
  async syncData(): Promise<void> {
    if (!this.#isTwin) await this.#options.own.sync()
  }

  async close(): Promise<void> {
    await this.#options.own.close()
    await this.#options.twin?.file.close()
  }

  async #isSame(at: number, bytes: Uint8Array): Promise<boolean> {
    const { twin } = this.#options
    if (twin === undefined || at + bytes.length > twin.bytes) return false
    const there = await readWhole(twin.file, at, bytes.length)
    const isSame = Buffer.compare(there, bytes) === 0
    giveBack(there)
    return isSame
  }

  async #writeOwn(at: number, bytes: Uint8Array): Promise<void> {
    if (isZero(bytes)) return
    try {
      await this.#options.own.write(at, bytes)
    } catch (error) {
      if (codeOf(error) !== 'ENOSPC' || !(await this.#options.makeSpace())) throw error
      await this.#options.own.write(at, bytes)
    }
  }
}

/** Whether two contents of so many bytes are the same. */
export async function haveSameBytes(one: ReadableBytes, other: ReadableBytes, bytes: number): Promise<boolean> {
  for (let at = 0; at < bytes; at += COPIED_BYTES) {
    const length = Math.min(COPIED_BYTES, bytes - at)
    const [first, second] = await Promise.all([readWhole(one, at, length), readWhole(other, at, length)])
    const isSame = Buffer.compare(first, second) === 0
    giveBack(first)
    giveBack(second)
    if (!isSame) return false
  }
  return true
}

/** What is missing at the end of a content's file is a hole. */
async function readWhole(file: ReadableBytes, at: number, length: number): Promise<Uint8Array> {
  const bytes = await file.read(at, length)
  if (bytes.length === length) return bytes
  const whole = new Uint8Array(length)
  whole.set(bytes)
  return whole
}
