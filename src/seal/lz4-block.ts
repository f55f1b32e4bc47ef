/**
 * LZ4 blocks: compressing with lz4js, decoding with our own strict decoder, since that of lz4js trusts every length it reads.
 *
 *   sequence   | token | literal length … | literals … | offset, 2, little endian | match length … |
 *
 * The token's upper four bits are the literal length, the lower four the match length − 4; 15 goes on in the bytes that follow, each added,
 * until one is not 255. The last sequence ends behind its literals.
 */

import { compressBlock, compressBound } from 'lz4js'

const HASH_TABLE_ENTRIES = 1 << 16
const MIN_MATCH_BYTES = 4
/** In a length's four bits: more bytes follow. */
const LONG = 15
/** No block expands further: one length byte stands for at most 255 bytes. */
const MAX_RATIO = 255
/** Below this, copying byte by byte beats the call. */
const SHORT_COPY_BYTES = 24

/** The block; undefined when it would be no shorter than `plain`. The same bytes always give the same block. */
export function compressLz4Block(plain: Uint8Array): Uint8Array | undefined {
  const block = new Uint8Array(compressBound(plain.length))
  const blockBytes = compressBlock(plain, block, 0, plain.length, new Uint32Array(HASH_TABLE_ENTRIES))
  return blockBytes === 0 || blockBytes >= plain.length ? undefined : block.slice(0, blockBytes)
}

/**
 * The plain bytes of a block; undefined when it is damaged or does not give exactly `plainBytes`.
 * Guarantee: reads only `block`, allocates only `plainBytes`, and takes time in proportion to both.
 */
export function decodeLz4Block(block: Uint8Array, plainBytes: number): Uint8Array | undefined {
  if (plainBytes > block.length * MAX_RATIO) return undefined
  const plain = new Uint8Array(plainBytes)
  const end = block.length
  let from = 0
  let to = 0
  while (from < end) {
    const token = block[from++] as number

    let literals = token >> 4
    if (literals === LONG) {
      let more = 255
      while (more === 255) {
        if (from >= end) return undefined
        more = block[from++] as number
        literals += more
      }
    }
    if (literals > end - from || literals > plainBytes - to) return undefined
    if (literals > SHORT_COPY_BYTES) plain.set(block.subarray(from, from + literals), to)
    else for (let k = 0; k < literals; k++) plain[to + k] = block[from + k] as number
    from += literals
    to += literals
    if (from === end) return to === plainBytes ? plain : undefined

    if (end - from < 2) return undefined
    const offset = (block[from] as number) | ((block[from + 1] as number) << 8)
    from += 2
    if (offset === 0 || offset > to) return undefined

    let match = (token & LONG) + MIN_MATCH_BYTES
    if (match === LONG + MIN_MATCH_BYTES) {
      let more = 255
      while (more === 255) {
        if (from >= end) return undefined
        more = block[from++] as number
        match += more
      }
    }
    if (match > plainBytes - to) return undefined
    // A match may reach into what it is just writing: only copying byte by byte repeats it.
    if (match > SHORT_COPY_BYTES && offset >= match) plain.copyWithin(to, to - offset, to - offset + match)
    else for (let k = 0; k < match; k++) plain[to + k] = plain[to - offset + k] as number
    to += match
  }
  return undefined
}
