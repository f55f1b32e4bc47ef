/**
 * The plan that a transfer takes: of those that the wish allows, the one that should be done first. Pure.
 *
 * A small content is there before a deep tree is set up: classic. A large one takes N times as long down a classic tree as its bytes need
 * on one link, and little more than once as long down a striped one. A tiny one costs less to send than a terminal costs to become a
 * relay, so the first server serves as many as it can.
 */

import { MAX_FAN_OUT } from './fan-out.ts'
import { makePlan } from './make-plan.ts'
import { FIRST_SERVER_HANDLE, type Plan, type PlanTarget } from './plan.ts'
import { type PredictedLoad, predictArrivalsMs } from './predict.ts'

export interface RatedTarget extends PlanTarget {
  /** Null where nothing was measured. */
  readonly bytesPerSecond: number | null
  readonly responseMs: number | null
}

export interface PlanWish {
  readonly tree: 'auto' | 'classic' | 'striped'
  /** What the operator asks for, if at all. */
  readonly fanOut: number | undefined
  /** Of a classic tree for which nothing is asked; undefined for whatever suits the content. */
  readonly classicFanOut: number | undefined
  /** Null when it is not known before its end. */
  readonly bytes: number | null
  /** Of a content of this size in a plan of this many stripes. */
  readonly packetBytes: number
}

export interface ChosenPlan {
  readonly plan: Plan
  readonly predictedMs: number
  /** By handle: when each terminal should have all of it. */
  readonly arrivalsMs: ReadonlyMap<number, number>
}

/** Measured best on equal links: more make every level slower, one makes a chain that breaks with its weakest link. */
const STRIPES = [2, 3]
/** Each stripe above two means an upstream more for every terminal, and more who share each line: it has to promise so much. */
const STRIPE_MALUS = 0.15
/** Of a classic tree: few levels, and no link that carries the content very often. */
const CLASSIC_FAN_OUT = 3
/** What a link may carry for the sake of fewer levels. 39 terminals on two cores: half the work of a tree of fan-out 3. */
const WIDE_TREE_BYTES = 512 * 1024
/** A striped tree has more connections and messages: it has to promise this much. */
const CLASSIC_BONUS = 0.8
/** What a content without a known size is taken for. */
const UNKNOWN_BYTES = 64 * 1024 ** 2
/** Links of which nothing is known are taken for a slow office's. */
const UNKNOWN_BYTES_PER_SECOND = 12.5e6
const UNKNOWN_RESPONSE_MS = 1
/** A terminal this much slower than the middle one relays nothing while others can. */
const SLOW_SHARE = 0.5

/**
 * @param targets ranked, best first
 * @throws E_FAN_OUT
 */
export function choosePlan(targets: readonly RatedTarget[], wish: PlanWish): ChosenPlan {
  const load = loadOf(targets, wish)
  const candidates = candidatesOf(targets, wish).map((plan): ChosenPlan => {
    const arrivalsMs = predictArrivalsMs(plan, load)
    return { plan, predictedMs: Math.max(0, ...arrivalsMs.values()), arrivalsMs }
  })
  return candidates.reduce((best, next) => (cost(next) < cost(best) ? next : best))
}

function cost({ plan, predictedMs }: ChosenPlan): number {
  return predictedMs * (plan.kind === 'classic' ? CLASSIC_BONUS : 1 + (plan.stripes.length - 2) * STRIPE_MALUS)
}

/** At least one, the classic one first. */
function candidatesOf(targets: readonly RatedTarget[], { tree, fanOut, classicFanOut, bytes }: PlanWish): Plan[] {
  const classic = (ownFanOut: number) =>
    makePlan(targets, { tree: 'classic', fanOut: fanOut ?? classicFanOut ?? ownFanOut })
  if (tree === 'classic') return [classic(CLASSIC_FAN_OUT)]
  const widest = Math.min(targets.length, widestFanOut(bytes))
  if (tree === 'auto' && widest > CLASSIC_FAN_OUT) return [classic(widest)]
  const spared = sparingTheSlow(targets)
  const striped = (fanOut === undefined ? STRIPES : [fanOut]).flatMap((stripes) =>
    [targets, ...(spared === undefined ? [] : [spared])].map((list) =>
      makePlan(list, { tree: 'striped', fanOut: stripes }),
    ),
  )
  return tree === 'striped' ? striped : [classic(CLASSIC_FAN_OUT), ...striped]
}

/** How many terminals one link may serve with a content of this size. */
function widestFanOut(bytes: number | null): number {
  return Math.min(MAX_FAN_OUT, Math.floor(WIDE_TREE_BYTES / Math.max(1, bytes ?? UNKNOWN_BYTES)))
}

/** The slow ones as leaves, at the ends of every stripe; undefined when nobody is slow. */
function sparingTheSlow(targets: readonly RatedTarget[]): RatedTarget[] | undefined {
  const leastBytesPerSecond = middleRate(targets) * SLOW_SHARE
  const isSlow = ({ bytesPerSecond }: RatedTarget) => bytesPerSecond !== null && bytesPerSecond < leastBytesPerSecond
  if (!targets.some(isSlow)) return undefined
  return targets.map((target) => ({ ...target, leaf: target.leaf || isSlow(target) }))
}

function loadOf(targets: readonly RatedTarget[], { bytes, packetBytes }: PlanWish): PredictedLoad {
  const middle = middleRate(targets)
  const rates = new Map(targets.map((target) => [target.handle, target]))
  return {
    bytes: bytes ?? UNKNOWN_BYTES,
    packetBytes,
    bytesPerSecond: (handle) =>
      Math.max(1, handle === FIRST_SERVER_HANDLE ? middle : (rates.get(handle)?.bytesPerSecond ?? middle)),
    responseMs: (handle) => rates.get(handle)?.responseMs ?? UNKNOWN_RESPONSE_MS,
  }
}

/** The median of the rates that are known. */
function middleRate(targets: readonly RatedTarget[]): number {
  const known = targets.flatMap(({ bytesPerSecond }) => bytesPerSecond ?? []).sort((a, b) => a - b)
  return known[Math.floor(known.length / 2)] ?? UNKNOWN_BYTES_PER_SECOND
}
