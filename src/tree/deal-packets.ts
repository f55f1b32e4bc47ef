/**
 * Dealing the packets of a transfer: instead of a share of the targets, each of the S best terminals gets a share of the packets, and all
 * targets below it. Stripe s is a tree of its own, rooted at rank s, and carries every S-th packet.
 *
 *   7 targets, S = 2     stripe 0: 1 → 3 5   3 → 2 4   5 → 6 7          stripe 1: 2 → 4 6   4 → 1 3   6 → 5 7
 *
 * Every edge carries 1/S of the bytes, so a terminal with S downstream edges over all stripes sends as much as it receives. One with more
 * makes everybody as slow as itself. There are S · (n − 1) edges for S · n places: a balanced plan exists whether S divides n or not.
 *
 * Pure. Guarantees: no terminal has more than S downstream edges over all stripes, unless leaves make more necessary, and then all carry
 * as few more as possible; only then does the first server send a packet more than once. The slowest relay is the one with places to
 * spare. Within a stripe better terminals stand above worse ones that relay in it, and whoever does not relay in it is at its ends.
 */

import { assertFanOut, widenedFanOut } from './fan-out.ts'
import { leavesLast } from './leaves-last.ts'
import { type Edge, FIRST_SERVER_HANDLE, type Plan, type PlanTarget } from './plan.ts'

/** How many downstreams each relay has in one stripe, by its place among the relays; those without any are not in it. */
type Places = Map<number, number>

/**
 * The trees of `stripes` stripes over `ranked`, best first.
 * @throws E_FAN_OUT when `stripes` is not a whole number from 1 to MAX_FAN_OUT
 */
export function dealPackets(ranked: readonly PlanTarget[], stripes: number): Plan {
  assertFanOut(stripes)
  const ordered = leavesLast(ranked, ({ leaf }) => leaf)
  const relays = ordered.filter(({ leaf }) => !leaf).length
  const shares = sharePlaces(ordered.length, relays, stripes)
  return {
    kind: 'striped',
    fanOut: stripes,
    stripes: shares.map(({ places, first }) => ({ edges: growTree(ordered, places, first) })),
  }
}

interface StripeShare {
  readonly places: Places
  /** How many the first server sends the stripe to. */
  first: number
}

/**
 * Stripe s has the relays of rank s, s + S, s + 2S … to itself, best first, as far as it needs them; what is missing then, it takes from
 * those that have most to spare, and, last, from the first server.
 */
function sharePlaces(targets: number, relays: number, stripes: number): StripeShare[] {
  const most = widenedFanOut(stripes, stripes * targets, relays)
  const spare = Array.from({ length: relays }, () => most)
  const shares = Array.from({ length: stripes }, () => ({ places: new Map<number, number>(), first: 1 }))
  const take = ({ places }: StripeShare, relay: number, count: number) => {
    if (count === 0) return
    places.set(relay, (places.get(relay) ?? 0) + count)
    spare[relay] = (spare[relay] as number) - count
  }
  const missing = shares.map((share, stripe) => {
    let missed = Math.max(0, targets - 1)
    for (let relay = stripe; relay < relays && missed > 0; relay += stripes) {
      const count = Math.min(missed, most)
      take(share, relay, count)
      missed -= count
    }
    return missed
  })
  for (const [stripe, share] of shares.entries()) {
    let missed = missing[stripe] as number
    for (let relay = mostSpare(spare); missed > 0 && relay !== undefined; relay = mostSpare(spare)) {
      const count = Math.min(missed, spare[relay] as number)
      take(share, relay, count)
      missed -= count
    }
    share.first += missed
  }
  return shares
}

/** The best of those with most places left; undefined when nobody has any. */
function mostSpare(spare: readonly number[]): number | undefined {
  let most: number | undefined
  for (const [relay, left] of spare.entries())
    if (left > (spare[most ?? relay] as number) || most === undefined) most = relay
  return most === undefined || spare[most] === 0 ? undefined : most
}

/** Level by level: first all that relay in this stripe, so the tree is as flat as can be, then all others. */
function growTree(ordered: readonly PlanTarget[], places: Places, first: number): Edge[] {
  if (ordered.length === 0) return []
  const inner = [...places.keys()].toSorted((a, b) => a - b)
  const others = ordered.flatMap((_, place) => (places.has(place) ? [] : [place]))
  const waiting = [...inner, ...others]
  const edges: Edge[] = []
  const depthOf = new Map<number, number>()
  const serve = (upstream: number, depth: number, count: number) => {
    for (const place of waiting.splice(0, count)) {
      depthOf.set(place, depth)
      edges.push({ upstream, downstream: handleAt(ordered, place), depth })
    }
  }
  serve(FIRST_SERVER_HANDLE, 1, first)
  for (const place of inner) {
    serve(handleAt(ordered, place), (depthOf.get(place) as number) + 1, places.get(place) as number)
  }
  return edges
}

function handleAt(ordered: readonly PlanTarget[], place: number): number {
  return (ordered[place] as PlanTarget).handle
}
