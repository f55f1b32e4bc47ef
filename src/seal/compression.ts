/**
 * Compressing one packet, alone. Guarantees: the same bytes and algorithm give the same output in every run of one build, because a relay
 * seals a packet again and must get the same bytes; decompressing gives exactly the length that the signed table says and allocates no more.
 */

import { constants, zstdCompressSync, zstdDecompressSync } from 'node:zlib'
import { TreecastError } from '../system/errors.ts'
import { COMPRESSION, type Compression } from '../wire/codes.ts'
import { compressLz4Block, decodeLz4Block } from './lz4-block.ts'
import { isZstdFrameOf } from './zstd-frame.ts'

const ZSTD_LEVEL = 1
/** 1 MiB, the largest packet: no frame, not even a second one behind the first, makes the decoder allocate a larger window. */
const ZSTD_WINDOW_LOG_MAX = 20
/** The runtime refuses output buffers below this. */
const ZSTD_MIN_CHUNK_BYTES = 64

export interface CompressedBytes {
  /** What was done: `none` when the bytes did not shrink. */
  readonly compression: Compression
  /** `plain` itself when nothing was done. */
  readonly bytes: Uint8Array
}

/** @throws E_PACKET_COMPRESSION for a number that stands for no algorithm */
export function compress(compression: Compression, plain: Uint8Array): CompressedBytes {
  const bytes = compressWith(compression, plain)
  return bytes === undefined || bytes.length >= plain.length
    ? { compression: COMPRESSION.none, bytes: plain }
    : { compression, bytes }
}

/**
 * The plain bytes; `bytes` itself when they are not compressed.
 * @throws E_PACKET_COMPRESSION when they are damaged or do not give exactly `plainBytes`
 */
export function decompress(compression: Compression, bytes: Uint8Array, plainBytes: number): Uint8Array {
  const plain = decompressWith(compression, bytes, plainBytes)
  if (plain?.length === plainBytes) return plain
  throw new TreecastError(
    'E_PACKET_COMPRESSION',
    `${bytes.length} bytes with compression ${compression} do not give ${plainBytes} bytes`,
    { facts: { compression, bytes: bytes.length, plainBytes } },
  )
}

function compressWith(compression: Compression, plain: Uint8Array): Uint8Array | undefined {
  switch (compression) {
    case COMPRESSION.none:
      return undefined
    case COMPRESSION.zstd:
      return compressZstd(plain)
    case COMPRESSION.lz4:
      return compressLz4Block(plain)
    default:
      throw new TreecastError('E_PACKET_COMPRESSION', `compression ${compression} is unknown`)
  }
}

function decompressWith(compression: Compression, bytes: Uint8Array, plainBytes: number): Uint8Array | undefined {
  switch (compression) {
    case COMPRESSION.none:
      return bytes
    case COMPRESSION.zstd:
      return decompressZstd(bytes, plainBytes)
    case COMPRESSION.lz4:
      return decodeLz4Block(bytes, plainBytes)
    default:
      return undefined
  }
}

function compressZstd(plain: Uint8Array): Uint8Array {
  return zstdCompressSync(plain, { params: { [constants.ZSTD_c_compressionLevel]: ZSTD_LEVEL } })
}

function decompressZstd(frame: Uint8Array, plainBytes: number): Uint8Array | undefined {
  if (plainBytes === 0 || !isZstdFrameOf(frame, plainBytes)) return undefined
  try {
    const plain = zstdDecompressSync(frame, {
      maxOutputLength: plainBytes,
      chunkSize: Math.max(ZSTD_MIN_CHUNK_BYTES, plainBytes),
      params: { [constants.ZSTD_d_windowLogMax]: ZSTD_WINDOW_LOG_MAX },
    })
    return new Uint8Array(plain.buffer, plain.byteOffset, plain.length)
  } catch {
    return undefined
  }
}
