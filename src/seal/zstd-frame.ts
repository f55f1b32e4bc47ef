/**
 * What the head of a zstd frame (RFC 8878, 3.1.1.1) lets a decoder allocate, read before any decoder sees it.
 *
 *   | magic, 4 | descriptor | window, 0-1 | dictionary, 0-4 | content size, 0-8 | blocks …      little endian
 */

const MAGIC = 0xfd2fb528
const SINGLE_SEGMENT = 0x20
const RESERVED_OR_DICTIONARY = 0x0b
const MIN_WINDOW_LOG = 10

/** Whether the frame says that it holds `plainBytes` and needs no larger window and no dictionary: all that our compressor makes. */
export function isZstdFrameOf(frame: Uint8Array, plainBytes: number): boolean {
  if (frame.length < 6) return false
  const view = new DataView(frame.buffer, frame.byteOffset, frame.byteLength)
  if (view.getUint32(0, true) !== MAGIC) return false
  const descriptor = view.getUint8(4)
  if ((descriptor & RESERVED_OR_DICTIONARY) !== 0) return false
  const singleSegment = (descriptor & SINGLE_SEGMENT) !== 0
  if (!singleSegment && windowBytes(view.getUint8(5)) > plainBytes) return false
  const sizeAt = singleSegment ? 5 : 6
  switch (descriptor >> 6) {
    case 0:
      return singleSegment && view.getUint8(sizeAt) === plainBytes
    case 1:
      return frame.length >= sizeAt + 2 && view.getUint16(sizeAt, true) + 256 === plainBytes
    case 2:
      return frame.length >= sizeAt + 4 && view.getUint32(sizeAt, true) === plainBytes
    default:
      return frame.length >= sizeAt + 8 && view.getBigUint64(sizeAt, true) === BigInt(plainBytes)
  }
}

function windowBytes(windowDescriptor: number): number {
  const base = 2 ** (MIN_WINDOW_LOG + (windowDescriptor >> 3))
  return base + (base / 8) * (windowDescriptor & 7)
}
