/** One delivery of a running transfer, as the main server knows it now. Pure changes; who hears of them is not its business. */

import type { NodeId } from '../identity/node-id.ts'
import type { HeldTicket } from '../terminal/downstream.ts'
import type { Reason } from '../wire/reason.ts'
import type { DeliveryStateName, TerminalSnapshot } from '../wire/snapshot.ts'
import { GrowthMeter } from './growth-meter.ts'
import { PossibleUpstreams } from './possible-upstreams.ts'
import { SourceRates } from './source-rates.ts'

export interface DeliveryView {
  readonly handle: number
  readonly node: NodeId
  readonly name: string
  readonly rank: number
  readonly leaf: boolean
  /** Undefined for a terminal that was offline when the transfer was planned. */
  held: HeldTicket | undefined
  state: DeliveryStateName
  /** Handle of the upstream in each stripe. */
  upstreams: (number | null)[]
  /** From whom else it may get a stripe until it has heard that it is sent elsewhere. */
  readonly possible: PossibleUpstreams
  depth: number | null
  readonly sources: SourceRates
  bytes: number
  packets: number
  /** Packets of each stripe; empty before it told. */
  stripePackets: readonly number[]
  readonly rate: GrowthMeter
  /** Over all of the content, once it has it; null before, and when too little came to tell. */
  takenBytesPerSecond: number | null
  responseMs: number | null
  /** When it should have all of it, counted from the first transport request; left out where the plan says nothing of it. */
  readonly predictedMs?: number
  startedAtMs: number | null
  finishedAtMs: number | null
  /** How long the terminal's disk took to make it durable; null before it told. */
  diskMs: number | null
  attempts: number
  refused: number
  error: Reason | null
  /** When its bytes last grew, or its route was last set. */
  livelyAtMs: number
  /** Since when a command of its owner has been running; null when none is. */
  hookSinceMs: number | null
  /** When its last route ack of each stripe came; nothing before the first. */
  routedAtMs: number[]
}

/** What a delivery is from its beginning. */
type DeliveryOrigin = Pick<DeliveryView, 'handle' | 'node' | 'name' | 'rank' | 'leaf' | 'state' | 'upstreams' | 'depth'>

/** A delivery of which this process has heard nothing yet, but for what is given. */
export function newDelivery(known: DeliveryOrigin & Partial<DeliveryView>): DeliveryView {
  return {
    held: undefined,
    possible: new PossibleUpstreams(),
    sources: new SourceRates(),
    bytes: 0,
    packets: 0,
    stripePackets: [],
    rate: new GrowthMeter(),
    takenBytesPerSecond: null,
    responseMs: null,
    startedAtMs: null,
    finishedAtMs: null,
    diskMs: null,
    attempts: 0,
    refused: 0,
    error: null,
    livelyAtMs: 0,
    hookSinceMs: null,
    routedAtMs: [],
    ...known,
  }
}

/** States in which nothing more will happen unless the terminal comes back. */
const SETTLED: readonly DeliveryStateName[] = ['active', 'withdrawn', 'failed', 'pending', 'cancelled']

export function isSettled(delivery: Pick<DeliveryView, 'state'>): boolean {
  return SETTLED.includes(delivery.state)
}

/** Failures that the same request would only meet again. */
const FINAL_FAILURES = ['E_SUPERSEDED', 'E_CANCELLED', 'E_EXPIRED', 'E_NODE_REVOKED']

/** Whether the terminal is to get the content later: when it comes back, and with the next transfer. */
export function isOwed({ state, error }: Pick<DeliveryView, 'state' | 'error'>): boolean {
  return state === 'pending' || (state === 'failed' && !FINAL_FAILURES.includes(error?.code ?? ''))
}

/** What a receipt's state means for its delivery. */
export const RECEIPT_EVENT = {
  received: 'received',
  active: 'activated',
  withdrawn: 'withdrawn',
  failed: 'failed',
  activateHook: 'remarked',
  deactivateHook: 'remarked',
} as const

/** The delivery has `bytes` now. */
export function noteBytes(delivery: DeliveryView, progress: { bytes: number; packets: number }, nowMs: number): void {
  if (progress.bytes <= delivery.bytes) return
  delivery.rate.note(progress.bytes, nowMs)
  delivery.bytes = progress.bytes
  delivery.packets = progress.packets
  delivery.livelyAtMs = nowMs
}

/** The delivery in the operator's document, as it is at `nowMs`. */
export function snapshotOf(delivery: DeliveryView, nowMs: number): TerminalSnapshot {
  const { startedAtMs, finishedAtMs } = delivery
  const settled = isSettled(delivery)
  const sources = delivery.sources.list(nowMs)
  return {
    handle: delivery.handle,
    name: delivery.name,
    rank: delivery.rank,
    leaf: delivery.leaf,
    state: delivery.state,
    upstreams: delivery.upstreams,
    depth: delivery.depth,
    sources: settled ? sources.map((source) => ({ ...source, bytesPerSecond: 0 })) : sources,
    bytes: delivery.bytes,
    packets: delivery.packets,
    bytesPerSecond: settled ? 0 : delivery.rate.perSecond(nowMs),
    responseMs: delivery.responseMs,
    ...(delivery.predictedMs === undefined ? {} : { predictedSeconds: seconds(delivery.predictedMs) }),
    seconds: startedAtMs === null || finishedAtMs === null ? null : seconds(finishedAtMs - startedAtMs),
    diskSeconds: delivery.diskMs === null ? null : seconds(delivery.diskMs),
    attempts: delivery.attempts,
    refused: delivery.refused,
    error: delivery.error,
  }
}

/** Whole milliseconds, in seconds. */
export function seconds(milliseconds: number): number {
  return Math.round(milliseconds) / 1000
}
