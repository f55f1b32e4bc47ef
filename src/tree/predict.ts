/**
 * How long a plan should take, from what is known of the links. Pure.
 *
 * Every edge carries its stripe no faster than the one above it, than its share of the sender's uplink and than its share of the
 * receiver's downlink. Before the first packet, every level is asked to take part; after the last, every level passes it on.
 *
 *   time to a terminal = the slowest of its stripes: setting up its path + stripe's bytes ÷ slowest edge + passing on one packet a level
 */

import { type Edge, FIRST_SERVER_HANDLE, type Plan } from './plan.ts'

export interface PredictedLoad {
  /** Bytes of the content. */
  readonly bytes: number
  readonly packetBytes: number
  /** What a node's link carries each way; 0 is the first server. */
  readonly bytesPerSecond: (handle: number) => number
  /** There and back, between the main server and a terminal. */
  readonly responseMs: (handle: number) => number
}

/** Work of a node before it has a downstream: reading a request, a TLS handshake and its answer. Measured, with some margin. */
const SET_UP_MS = 15
/** Round trips until a downstream has its request and has asked for packets: TCP, TLS, request and ask. */
const SET_UP_ROUND_TRIPS = 3

/** For each terminal of the plan, by its handle: from the first transport request to its own last packet, in milliseconds. */
export function predictArrivalsMs(plan: Plan, load: PredictedLoad): Map<number, number> {
  const packets = Math.ceil(load.bytes / load.packetBytes)
  const used = Math.max(1, Math.min(plan.stripes.length, packets))
  const edgesOf = countEdges(plan.stripes.slice(0, used).flatMap(({ edges }) => edges))
  const wholeMs = new Map<number, number>()
  for (const [stripe, { edges }] of plan.stripes.slice(0, used).entries()) {
    const bytes = Math.min(load.bytes, Math.ceil((packets - stripe) / plan.stripes.length) * load.packetBytes)
    for (const [handle, ms] of stripeArrivalsMs(edges, { ...load, bytes, edgesOf, stripes: used })) {
      wholeMs.set(handle, Math.max(ms, wholeMs.get(handle) ?? 0))
    }
  }
  return wholeMs
}

interface StripeLoad extends PredictedLoad {
  /** Downstream edges of a node over all stripes. */
  readonly edgesOf: ReadonlyMap<number, number>
  readonly stripes: number
}

interface Arrival {
  /** When the stripe's first byte may come, and how much later than at a first server's neighbour its last one does. */
  readonly delayMs: number
  readonly bytesPerSecond: number
}

function stripeArrivalsMs(edges: readonly Edge[], load: StripeLoad): Map<number, number> {
  const { bytes, packetBytes, bytesPerSecond, responseMs, edgesOf, stripes } = load
  const arrivals = new Map<number, Arrival>()
  arrivals.set(FIRST_SERVER_HANDLE, { delayMs: 0, bytesPerSecond: Number.POSITIVE_INFINITY })
  const wholeMs = new Map<number, number>()
  // Level by level: an upstream comes before its downstreams.
  for (const { upstream, downstream } of edges) {
    const above = arrivals.get(upstream)
    if (above === undefined) continue
    const share = bytesPerSecond(upstream) / (edgesOf.get(upstream) ?? 1)
    const rate = Math.min(above.bytesPerSecond, share, bytesPerSecond(downstream) / stripes)
    const setUpMs = SET_UP_MS + SET_UP_ROUND_TRIPS * responseMs(downstream)
    const passOnMs = (Math.min(packetBytes, bytes) * 1000) / share
    const delayMs = above.delayMs + setUpMs + passOnMs
    arrivals.set(downstream, { delayMs, bytesPerSecond: rate })
    wholeMs.set(downstream, delayMs + (bytes * 1000) / rate)
  }
  return wholeMs
}

function countEdges(edges: readonly Edge[]): Map<number, number> {
  const counts = new Map<number, number>()
  for (const { upstream } of edges) counts.set(upstream, (counts.get(upstream) ?? 0) + 1)
  return counts
}
