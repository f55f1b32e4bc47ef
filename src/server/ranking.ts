/**
 * The order of terminals by measured performance, best first (US 8,495,167, column 5: "terminals with shortest response times", and
 * "other parameters such as reliability"). Pure.
 *
 * The score is a time: how long a terminal is expected to take to take in a train of packets and have it passed on,
 *
 *   score = (response + train / throughput) / success
 *
 * with the smoothed response time, throughput and success rate. Taking and passing on overlap, so the train counts once; a delivery that
 * fails is made again, so the whole is divided by the share that succeeds. Equals stand in the order of their names, so that the same
 * measurements always give the same rank.
 */

import type { Measurement } from '../registry/smoothing.ts'
import type { RankOrder } from '../wire/operator-messages.ts'

/** The train of packets that scores speak of. */
export const TRAIN_BYTES = 16 * 1024 ** 2

/** 100 Mbit/s: what is assumed while no terminal's throughput is known. */
const ASSUMED_BYTES_PER_SECOND = 12_500_000
/** A terminal slower than this is as good as none; and nothing is divided by zero. */
const LEAST_BYTES_PER_SECOND = 1000
const LEAST_SUCCESS_RATE = 0.05

export interface Measured extends Pick<Measurement, 'responseMs' | 'bytesPerSecond' | 'successRate'> {
  readonly name: string
  /** An operator put it before all others. */
  readonly pinned: boolean
  /** An operator keeps it from relaying: it comes after all others. */
  readonly excluded: boolean
}

/** What a score is made of. */
export interface Score {
  readonly seconds: number
  readonly responseSeconds: number
  /** The train over the throughput; where that was never measured, over the median of the others. */
  readonly trainSeconds: number
  /** What failed deliveries add. */
  readonly retrySeconds: number
}

export type Scored<T extends Measured> = T & {
  /** Null for a terminal that never answered: nothing is known of it. */
  readonly score: Score | null
}

/** Every terminal with its score, in the same order. What was not measured of one is taken to be as with the others. */
function scoreTerminals<T extends Measured>(terminals: readonly T[]): Scored<T>[] {
  const known = terminals.flatMap(({ bytesPerSecond }) => (bytesPerSecond === null ? [] : [bytesPerSecond]))
  const usual = median(known) ?? ASSUMED_BYTES_PER_SECOND
  return terminals.map((terminal) => ({ ...terminal, score: scoreOf(terminal, usual) }))
}

/** The terminals in the order that plans use them: the pinned, the others, the excluded; each by score, the unmeasured last. */
export function rankTerminals<T extends Measured>(terminals: readonly T[]): Scored<T>[] {
  return scoreTerminals(terminals).sort(
    (a, b) => standing(a) - standing(b) || compare(a.score?.seconds, b.score?.seconds) || compareNames(a.name, b.name),
  )
}

/** The terminals by one thing that was measured; by score, the order that plans use. */
export function rankBy<T extends Measured>(terminals: readonly T[], by: RankOrder): Scored<T>[] {
  if (by === 'score') return rankTerminals(terminals)
  return scoreTerminals(terminals).sort((a, b) => compare(figure(a, by), figure(b, by)) || compareNames(a.name, b.name))
}

/** How fast each of `ranked` is against the best of them: 1 for the best, towards 0 for slower, 0 when never measured. */
export function relativePerformance(ranked: readonly { readonly score: Score | null }[]): number[] {
  const seconds = ranked.flatMap(({ score }) => (score === null ? [] : [score.seconds]))
  const best = seconds.reduce((least, value) => Math.min(least, value), Number.POSITIVE_INFINITY)
  return ranked.map(({ score }) => (score === null ? 0 : score.seconds === 0 ? 1 : best / score.seconds))
}

function scoreOf({ responseMs, bytesPerSecond, successRate }: Measured, usual: number): Score | null {
  if (responseMs === null) return null
  const responseSeconds = responseMs / 1000
  const trainSeconds = TRAIN_BYTES / Math.max(LEAST_BYTES_PER_SECOND, bytesPerSecond ?? usual)
  const once = responseSeconds + trainSeconds
  const seconds = once / Math.max(LEAST_SUCCESS_RATE, successRate ?? 1)
  return { seconds, responseSeconds, trainSeconds, retrySeconds: seconds - once }
}

function standing({ pinned, excluded }: Measured): number {
  if (excluded) return 2
  return pinned ? 0 : 1
}

/** Smaller is better. */
function figure({ responseMs, bytesPerSecond, successRate }: Measured, by: Exclude<RankOrder, 'score'>) {
  if (by === 'response') return responseMs
  const value = by === 'throughput' ? bytesPerSecond : successRate
  return value === null ? null : -value
}

function compare(a: number | null | undefined, b: number | null | undefined): number {
  if (a == null || b == null) return Number(a == null) - Number(b == null)
  return a - b
}

/** web2 before web10. */
function compareNames(a: string, b: string): number {
  return a.localeCompare(b, 'en', { numeric: true })
}

function median(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
