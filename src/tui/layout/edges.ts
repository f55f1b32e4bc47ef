/** Who gives how much to whom, as the snapshot's terminals told: a sender's share is what those below say came from it. */

import type { TerminalSnapshot, TransferSnapshot } from '../../wire/snapshot.ts'

/** The main server's handle. */
export const MAIN = 0

/** One edge of the trees, all stripes between the same two together. */
export interface Edge {
  readonly from: number
  readonly to: number
  readonly bytes: number
  readonly bytesPerSecond: number
  /** The stripes, from 0, that the downstream gets this way now; none for an upstream it had before. */
  readonly stripes: readonly number[]
}

export interface Edges {
  readonly all: readonly Edge[]
  /** Bytes per second that a node sends, by its handle. */
  readonly outRates: ReadonlyMap<number, number>
}

/** The edges in the order of their downstreams. */
export function edgesOf({ terminals }: Pick<TransferSnapshot, 'terminals'>): Edges {
  const all = terminals.flatMap(edgesTo)
  const outRates = new Map<number, number>()
  for (const { from, bytesPerSecond } of all) outRates.set(from, (outRates.get(from) ?? 0) + bytesPerSecond)
  return { all, outRates }
}

function edgesTo({ handle, upstreams, sources }: TerminalSnapshot): Edge[] {
  const edges = new Map<number, Edge>()
  for (const { handle: from, bytes, bytesPerSecond } of sources)
    edges.set(from, { from, to: handle, bytes, bytesPerSecond, stripes: [] })
  for (const [stripe, from] of upstreams.entries()) {
    if (from === null) continue
    const edge = edges.get(from) ?? { from, to: handle, bytes: 0, bytesPerSecond: 0, stripes: [] }
    edges.set(from, { ...edge, stripes: [...edge.stripes, stripe] })
  }
  return [...edges.values()]
}

/** Where a terminal stands in the tree of one stripe; of all stripes folded into one, below whom it gets the most from. */
export function upstreamIn({ upstreams, sources }: TerminalSnapshot, stripe: number | undefined): number | null {
  if (stripe !== undefined) return upstreams[stripe] ?? null
  if (upstreams.length <= 1) return upstreams[0] ?? null
  const current = sources.filter(({ handle }) => upstreams.includes(handle))
  const [first, ...others] = current
  if (first === undefined) return upstreams[0] ?? null
  return others.reduce((best, source) => (source.bytes > best.bytes ? source : best), first).handle
}
