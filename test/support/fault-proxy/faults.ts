/** What can be wrong with a connection, and what each fault does to the bytes of one direction. Pure. */

export interface Faults {
  /** Every byte arrives this much later, in each direction. */
  readonly latencyMs: number
  /** The rate of each direction of each connection. */
  readonly bytesPerSecond: number
  /** The most that is handed on in one write. */
  readonly sliceBytes: number
  /** How many bytes, both directions together, a connection carries before the next one resets it. */
  readonly resetAfterBytes: number
  /** In each direction of each connection, the last bit of every byte at a multiple of this position is turned over. */
  readonly corruptEveryBytes: number
  /** Half-open: nothing goes through, not even the end of a connection, and nobody is told. */
  readonly stalled: boolean
}

export const NO_FAULTS: Faults = {
  latencyMs: 0,
  bytesPerSecond: Number.POSITIVE_INFINITY,
  sliceBytes: Number.POSITIVE_INFINITY,
  resetAfterBytes: Number.POSITIVE_INFINITY,
  corruptEveryBytes: Number.POSITIVE_INFINITY,
  stalled: false,
}

/** `bytes` in order, in pieces of at most `sliceBytes`. */
export function slices(bytes: Uint8Array, sliceBytes: number): Uint8Array[] {
  const pieces: Uint8Array[] = []
  for (let from = 0; from < bytes.length; from += sliceBytes) pieces.push(bytes.subarray(from, from + sliceBytes))
  return pieces
}

/**
 * A copy of `bytes` with the faulty ones turned over. `position` is how many bytes of the direction came before; the byte that
 * makes a full multiple of `everyBytes` is the faulty one.
 */
export function corrupted(bytes: Uint8Array, position: number, everyBytes: number): Uint8Array {
  const copy = Uint8Array.from(bytes)
  for (let at = everyBytes - 1 - (position % everyBytes); at < copy.length; at += everyBytes) {
    copy[at] = (copy[at] as number) ^ 1
  }
  return copy
}

export interface Departure {
  /** When the line can take the next piece. */
  readonly lineFreeMs: number
  /** When the other end gets this piece. */
  readonly arrivesMs: number
}

/** When a piece arrives that comes to a line at `nowMs` which is busy until `lineFreeMs`. */
export function departure(
  { nowMs, lineFreeMs, bytes }: { nowMs: number; lineFreeMs: number; bytes: number },
  { bytesPerSecond, latencyMs }: Faults,
): Departure {
  const freeMs = Math.max(nowMs, lineFreeMs) + (bytes * 1000) / bytesPerSecond
  return { lineFreeMs: freeMs, arrivesMs: freeMs + latencyMs }
}
