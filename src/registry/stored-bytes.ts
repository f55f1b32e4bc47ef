/** The driver returns blobs as Buffers, whose methods differ from those of Uint8Array and whose memory may be shared. */

/** A copy of a blob, as the plain bytes it is. */
export function bytesOf(blob: Uint8Array): Uint8Array {
  return new Uint8Array(blob)
}
