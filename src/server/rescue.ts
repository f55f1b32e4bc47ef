/**
 * Who helps a terminal that has lost its upstream. Pure.
 *
 * All of the content goes over the main server's line once: whoever it serves beyond its trees takes a share of that line from everybody.
 * So another terminal is asked, the one that serves the fewest; the main server takes a few on itself when there is none, and beyond that the
 * terminal asks again. Who served it in vain is not asked again while there is anybody else: one may say that it has the content, and never
 * send it.
 */

import { isDelivered } from '../registry/delivery-state.ts'
import { type DeliveryView, isSettled } from './delivery-view.ts'

/** What the main server sees when a terminal asks for help. */
export interface RescueScene {
  readonly deliveries: readonly DeliveryView[]
  readonly stripe: number
  readonly nowMs: number
  /** Whether a terminal is here and may relay. */
  readonly mayServe: (delivery: DeliveryView) => boolean
  /** How many the main server serves, and may. */
  readonly mainChildren: number
  readonly mostMainChildren: number
  /** How many a terminal may serve, in all stripes together. */
  readonly mostChildren: number
  /** One that got no packet for this long does not help. */
  readonly livelyMs: number
  /** One that has all of it serves others for so long, and then only if it was asked to provide it. */
  readonly lingerMs: number
  readonly isProviding: (delivery: DeliveryView) => boolean
  /** Handles of those that served the terminal without any use. */
  readonly inVain: ReadonlySet<number>
}

export type Helper = { readonly kind: 'terminal'; readonly delivery: DeliveryView } | { readonly kind: 'main' }

/** Who shall serve `orphan`; undefined when nobody has room. */
export function chooseHelper(orphan: DeliveryView, scene: RescueScene): Helper | undefined {
  const children = countChildren(scene)
  const below = descendants(orphan, scene)
  const helpers = scene.deliveries
    .filter(
      (delivery) =>
        delivery !== orphan &&
        !below.has(delivery.handle) &&
        (isDelivered(delivery.state) || !hasMore(orphan, delivery, scene.stripe)) &&
        !scene.inVain.has(delivery.handle) &&
        scene.mayServe(delivery) &&
        (isDelivered(delivery.state) ? hasItOpen(delivery, scene) : isLively(delivery, scene)) &&
        (children.get(delivery.handle) ?? 0) < scene.mostChildren,
    )
    .toSorted((a, b) => (children.get(a.handle) ?? 0) - (children.get(b.handle) ?? 0) || b.bytes - a.bytes)
  const [best] = helpers
  if (best !== undefined) return { kind: 'terminal', delivery: best }
  return scene.mainChildren < scene.mostMainChildren ? { kind: 'main' } : undefined
}

/** A terminal, its upstream, and whatever is above that: another terminal, or undefined for the first server, which has everything. */
export interface SilentUpstream {
  readonly child: DeliveryView
  readonly upstream: DeliveryView
  readonly above: DeliveryView | undefined
  readonly stripe: number
}

/**
 * Whether an upstream that sends nothing is to blame: it has what its child lacks, or got nothing itself from one who has it. Otherwise
 * it is starved, and the terminal above it will be found out instead: a whole branch that waits for one is not torn apart.
 */
export function isStuck(
  { child, upstream, above, stripe }: SilentUpstream,
  scene: Pick<RescueScene, 'nowMs' | 'livelyMs'>,
): boolean {
  if (isSettled(upstream) || hasMore(upstream, child, stripe)) return true
  return !isLively(upstream, scene) && (above === undefined || hasMore(above, upstream, stripe))
}

function hasMore(one: DeliveryView, other: DeliveryView, stripe: number): boolean {
  return isDelivered(one.state) || (one.stripePackets[stripe] ?? 0) > (other.stripePackets[stripe] ?? 0)
}

function isLively(delivery: DeliveryView, { nowMs, livelyMs }: Pick<RescueScene, 'nowMs' | 'livelyMs'>): boolean {
  return delivery.state === 'receiving' && nowMs - delivery.livelyAtMs < livelyMs
}

/** Whether one that has all of it still serves it, as far as is known: one that was started again since does not. */
function hasItOpen(delivery: DeliveryView, { deliveries, nowMs, lingerMs, isProviding }: RescueScene): boolean {
  const { finishedAtMs, handle } = delivery
  if (isProviding(delivery) || (finishedAtMs !== null && nowMs - finishedAtMs < lingerMs)) return true
  return deliveries.some(
    ({ state, upstreams }) => upstreams.includes(handle) && !isDelivered(state) && !isSettled({ state }),
  )
}

function countChildren({ deliveries }: RescueScene): Map<number, number> {
  const children = new Map<number, number>()
  for (const { upstreams, state } of deliveries) {
    if (isDelivered(state) || state === 'failed' || state === 'pending') continue
    for (const upstream of upstreams) if (upstream !== null) children.set(upstream, (children.get(upstream) ?? 0) + 1)
  }
  return children
}

/** Who gets the stripe by way of `top`, or may still. */
function descendants(top: DeliveryView, { deliveries, stripe }: RescueScene): Set<number> {
  const below = new Set([top.handle])
  for (let grown = true; grown; ) {
    grown = false
    for (const { handle, upstreams, possible } of deliveries) {
      const sources = [upstreams[stripe] ?? null, ...possible.others(stripe)]
      if (below.has(handle) || !sources.some((source) => source !== null && below.has(source))) continue
      below.add(handle)
      grown = true
    }
  }
  return below
}
