/** Packet numbers as ranges: `first, count, first, count …`, the form that REQUEST, ACK and NOT_HELD carry. */

/** Most numbers in the ranges of one message, two for each range. */
export const MAX_RANGE_NUMBERS = 2048

/** The ranges of ascending packet numbers. */
export function toRanges(ascending: readonly number[]): number[] {
  const flat: number[] = []
  for (const index of ascending) {
    const last = flat.length - 2
    if (last >= 0 && (flat[last] as number) + (flat[last + 1] as number) === index)
      flat[last + 1] = (flat[last + 1] as number) + 1
    else flat.push(index, 1)
  }
  return flat
}

/** The ranges of ascending packet numbers, in lists that a message each takes; none when there are no numbers. */
export function toRangeLists(ascending: readonly number[]): number[][] {
  const flat = toRanges(ascending)
  const lists: number[][] = []
  for (let at = 0; at < flat.length; at += MAX_RANGE_NUMBERS) lists.push(flat.slice(at, at + MAX_RANGE_NUMBERS))
  return lists
}

/**
 * The packet numbers of the ranges, in order, `atMost` of them.
 * A hostile count costs nothing: numbers are made one at a time.
 */
export function* fromRanges(flat: readonly number[], atMost = Number.POSITIVE_INFINITY): Generator<number> {
  let left = atMost
  for (let i = 0; i + 1 < flat.length; i += 2) {
    const first = flat[i] as number
    const count = flat[i + 1] as number
    for (let index = first; index < first + count; index++) {
      if (left-- <= 0) return
      yield index
    }
  }
}
