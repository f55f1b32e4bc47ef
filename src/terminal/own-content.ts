/** A content that this terminal provides and is to get itself: every packet is here, at its own place. */

import type { PacketPlace } from '../content/stored-content.ts'
import type { ReadableStream } from '../content/tree-stream.ts'
import { hasDigest } from '../seal/digests.ts'
import type { EarlierContent } from './earlier-content.ts'

/** Where packets are looked for before they are asked for. */
export type PacketsHere = Pick<EarlierContent, 'find' | 'close' | 'isOpen'>

export class OwnContent implements PacketsHere {
  readonly isOpen = true
  readonly #stream: ReadableStream

  constructor(stream: ReadableStream) {
    this.#stream = stream
  }

  /** The packet's plain bytes; undefined when they are others now. @throws what the disk says */
  async find({ facts, offset }: PacketPlace): Promise<Uint8Array | undefined> {
    const bytes = await this.#stream.read(offset, facts.plainBytes)
    return bytes.length === facts.plainBytes && hasDigest(bytes, facts.plainDigest) ? bytes : undefined
  }

  close(): Promise<void> {
    return this.#stream.close()
  }
}
