/** Files to send: any size, made in pieces, the same for the same seed. */

import { createCipheriv, createHash } from 'node:crypto'
import { createReadStream } from 'node:fs'
import { open } from 'node:fs/promises'

const PIECE_BYTES = 1024 * 1024

/** The unit that compressible content repeats: longer than a match of LZ4 has to be, far shorter than its window. */
const REPEATED_BYTES = 64
const REPEATS = 4

export interface ContentOptions {
  /** The same seed and size give the same bytes. Default 1. */
  readonly seed?: number
  /** Whether every compression makes it clearly smaller (to about a quarter); otherwise it does not shrink at all. Default false. */
  readonly compressible?: boolean
}

/**
 * Writes a new file of `bytes` bytes; replaces one that is there.
 * @returns the SHA-256 of its content, in hexadecimal
 */
export async function makeFile(path: string, bytes: number, options: ContentOptions = {}): Promise<string> {
  const digest = createHash('sha256')
  const file = await open(path, 'w')
  try {
    for (const piece of contentPieces(bytes, options)) {
      digest.update(piece)
      await file.writeFile(piece)
    }
  } finally {
    await file.close()
  }
  return digest.digest('hex')
}

/** The content that `makeFile` writes, in pieces of at most 1 MiB. */
export function* contentPieces(bytes: number, { seed = 1, compressible = false }: ContentOptions = {}) {
  const key = createHash('sha256').update(`test content ${seed}`).digest()
  // The key stream of a cipher: as fast as memory and as good as random.
  const stream = createCipheriv('aes-256-ctr', key, Buffer.alloc(16))
  const zeros = Buffer.alloc(compressible ? PIECE_BYTES / REPEATS : PIECE_BYTES)
  for (let left = bytes; left > 0; left -= PIECE_BYTES) {
    const drawn = stream.update(zeros)
    const piece = compressible ? repeated(drawn) : drawn
    yield new Uint8Array(piece.subarray(0, Math.min(left, PIECE_BYTES)))
  }
}

/** The SHA-256 of a file's content, in hexadecimal; reads it in pieces. */
export async function sha256File(path: string): Promise<string> {
  const digest = createHash('sha256')
  for await (const piece of createReadStream(path, { highWaterMark: PIECE_BYTES })) digest.update(piece)
  return digest.digest('hex')
}

function repeated(drawn: Buffer): Buffer {
  const piece = Buffer.alloc(drawn.length * REPEATS)
  for (let from = 0; from < drawn.length; from += REPEATED_BYTES) {
    for (let turn = 0; turn < REPEATS; turn += 1) {
      drawn.copy(piece, from * REPEATS + turn * REPEATED_BYTES, from, from + REPEATED_BYTES)
    }
  }
  return piece
}
