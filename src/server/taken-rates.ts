/**
 * What a delivery shows of its terminal's link and of the edges that the content came by. Pure.
 *
 * A terminal takes content in no faster than its upstream has it, so a rate near the upstream's own says only that the terminal can do at
 * least that much: else whoever stood below a slow relay once would be ranked as slow as that relay.
 */

import type { NodeId } from '../identity/node-id.ts'

/** Less than this is over before a link has shown what it can do. */
const LEAST_BYTES = 1024 ** 2
/** Above this share of the upstream's rate, a terminal was held back by it. */
const HELD_BACK_SHARE = 0.9

export interface TakenContent {
  /** What came from whom; null is the main server. */
  readonly sources: readonly { readonly node: NodeId | null; readonly bytes: number }[]
  /** From the transport request to the whole content. */
  readonly elapsedMs: number
  /** Of the content. What of it lay there already took time, too, and says nothing of the link. */
  readonly bytes: number
  /** How fast the slowest upstream had it; infinite where that is not known, null where there was no upstream. */
  readonly supplyBytesPerSecond: number | null
}

export interface TakenRates {
  /** Null when too little came to tell. */
  readonly throughput: { readonly value: number; readonly atLeast: boolean } | null
  readonly edges: readonly { readonly upstream: NodeId | null; readonly bytesPerSecond: number }[]
}

/** Bytes per second over all upstreams; null when too little came to tell. */
export function takenRate(
  sources: readonly { readonly bytes: number }[],
  { elapsedMs, bytes }: Pick<TakenContent, 'elapsedMs' | 'bytes'>,
): number | null {
  const fetchedBytes = sources.reduce((total, source) => total + source.bytes, 0)
  const tells = fetchedBytes >= LEAST_BYTES && fetchedBytes * 2 >= bytes && elapsedMs > 0
  return tells ? (fetchedBytes * 1000) / elapsedMs : null
}

export function takenRates(content: TakenContent): TakenRates {
  const { sources, elapsedMs, supplyBytesPerSecond } = content
  const value = takenRate(sources, content)
  if (value === null) return { throughput: null, edges: [] }
  const supply = supplyBytesPerSecond ?? Number.POSITIVE_INFINITY
  const edges = sources
    .filter(({ bytes }) => bytes >= LEAST_BYTES / sources.length)
    .map(({ node, bytes }) => ({ upstream: node, bytesPerSecond: (bytes * 1000) / elapsedMs }))
  return { throughput: { value, atLeast: value >= supply * HELD_BACK_SHARE }, edges }
}
