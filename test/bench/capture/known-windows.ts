/** Pieces of a file that are looked for on the wire. */

const WINDOW_BYTES = 32

/** `count` pieces of `content`, spread over all of it, none at a round offset. */
export function knownWindows(content: Uint8Array, count: number): Uint8Array[] {
  const strideBytes = Math.floor(content.length / count)
  return Array.from({ length: count }, (_, k) => {
    const from = k * strideBytes + Math.floor((strideBytes - WINDOW_BYTES) / 3)
    return content.subarray(from, from + WINDOW_BYTES)
  })
}

/** How many of the windows are in at least one of the streams. */
export function windowsFound(windows: readonly Uint8Array[], streams: readonly Uint8Array[]): number {
  const searched = streams.map((stream) => Buffer.from(stream.buffer, stream.byteOffset, stream.byteLength))
  return windows.filter((window) => searched.some((stream) => stream.includes(window))).length
}
