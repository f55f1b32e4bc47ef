/**
 * An upload of which the library may have a part: the pusher offers its packets before it sends them, and sends those that are lacking.
 *
 *   offered ──► found in the library ─────────────────────────► taken in, in the order of the content
 *          └──► lacking ──► told to the pusher ──► uploaded ──┘
 *
 * Guarantees: nothing is taken on trust. What is found is known by a proof that only who has the bytes can make (seal/digests.ts, proofOf),
 * so nobody gets at a content of the library by its digests; what is uploaded counts as what it is. The content that comes of it is
 * described from its bytes, and not from what was offered. What waits here is bounded by the pusher's credit.
 */

import { packetTypes } from '../content/stored-content.ts'
import { DIGEST_BYTES } from '../seal/digests.ts'
import { TreecastError } from '../system/errors.ts'
import { giveBack } from '../system/packet-memory.ts'
import type { EarlierContent } from '../terminal/earlier-content.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'

export interface OfferedUploadOptions {
  readonly earlier: Pick<EarlierContent, 'find' | 'close' | 'isOpen'>
  /** Takes in the next bytes. @returns once they are in the library */
  readonly take: (bytes: Uint8Array) => Promise<void>
  readonly answer: (body: MessageBody<'uploadLacks'>) => void
  /** The pusher may go on by so many bytes. */
  readonly credit: (bytes: number) => void
}

/** What comes next in the content: bytes that were found, or so many that are to be uploaded. */
type Piece = { readonly found: Uint8Array } | { lackingBytes: number }

export class OfferedUpload {
  readonly #options: OfferedUploadOptions
  readonly #pieces: Piece[] = []
  #finding: Promise<void> = Promise.resolve()
  /** Where the next offer begins in the content. */
  #offset = 0
  /** Offered and not taken in yet. */
  #waitingBytes = 0

  constructor(options: OfferedUploadOptions) {
    this.#options = options
  }

  /** The next packets. @throws E_UPLOAD */
  offer({ lengths, proofs }: MessageBody<'uploadOffer'>): Promise<void> {
    const bytes = lengths.reduce((sum, length) => sum + length, 0)
    if (proofs.length !== lengths.length * DIGEST_BYTES)
      throw new TreecastError('E_UPLOAD', 'an offer has more packets than proofs, or fewer')
    if (this.#waitingBytes + bytes > LIMITS.uploadCreditBytes)
      throw new TreecastError('E_UPLOAD', 'more was offered than the main server has asked for')
    this.#waitingBytes += bytes
    this.#finding = this.#finding.then(() => this.#find(lengths, proofs))
    return this.#finding
  }

  /** The next uploaded bytes: of the lacking packets, then of what was not offered. @returns once they are in the library */
  async upload(bytes: Uint8Array): Promise<void> {
    const taken: Promise<void>[] = []
    let at = 0
    for (let piece = this.#pieces[0]; at < bytes.length && piece !== undefined; piece = this.#pieces[0]) {
      if ('found' in piece) break
      const part = bytes.subarray(at, at + piece.lackingBytes)
      at += part.length
      piece.lackingBytes -= part.length
      this.#waitingBytes -= part.length
      taken.push(this.#options.take(part))
      if (piece.lackingBytes === 0) this.#pieces.shift()
      this.#takeFound()
    }
    if (at < bytes.length) taken.push(this.#options.take(bytes.subarray(at)))
    await Promise.all(taken)
  }

  async close(): Promise<void> {
    await this.#finding.catch(() => undefined)
    await this.#options.earlier.close()
  }

  async #find(lengths: readonly number[], proofs: Uint8Array): Promise<void> {
    const { earlier, answer } = this.#options
    const lacks: number[] = []
    for (const [k, plainBytes] of lengths.entries()) {
      const plainDigest = proofs.subarray(k * DIGEST_BYTES, (k + 1) * DIGEST_BYTES)
      // In the library the entry list is a part of the bytes.
      const place = { facts: { plainBytes, plainDigest }, offset: this.#offset, types: packetTypes(this.#offset, 0) }
      const found = await earlier.find(place)
      this.#offset += plainBytes
      if (found === undefined) lacks.push(k)
      this.#pieces.push(found === undefined ? { lackingBytes: plainBytes } : { found })
    }
    answer({ lacks, goOn: earlier.isOpen })
    this.#takeFound()
  }

  /** Takes in what was found and is next. */
  #takeFound(): void {
    const { take, credit } = this.#options
    for (let piece = this.#pieces[0]; piece !== undefined && 'found' in piece; piece = this.#pieces[0]) {
      const { found } = piece
      const { length } = found
      this.#pieces.shift()
      take(found).then(
        () => {
          this.#waitingBytes -= length
          giveBack(found)
          credit(length)
        },
        // Told to every watcher by the transfer itself.
        () => undefined,
      )
    }
  }
}
