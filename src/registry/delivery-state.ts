/**
 * The life of one delivery: one transfer to one terminal. Pure.
 *
 *   planned ──routed──► routed ──progressed──► receiving ──received──► received ──activated──► active ──withdrawn──► withdrawn
 *      ▲  ▲               └───────────┬─────────────┘
 *      │  └──retried── failed ◄─failed┤
 *      └─────retried── pending ◄──────┘ postponed            cancelled: from every state before `active`
 *
 * What a terminal says of itself is believed over what was concluded about it: one that was given up and then acknowledges, or sends
 * its receipt after all, has the content; only what was called off is dropped again before it is published. Messages of several stripes
 * and of a terminal that came back repeat and overtake one another; a state never falls back for that.
 */

import type { DeliveryStateName } from '../wire/snapshot.ts'

export type DeliveryState = DeliveryStateName

export type DeliveryEvent =
  /** A route ack. */
  | 'routed'
  /** It holds some packets. */
  | 'progressed'
  /** A receipt: durable and checked. */
  | 'received'
  /** A receipt: published in the inbox. */
  | 'activated'
  /** A receipt: taken out again. */
  | 'withdrawn'
  /** Something is to be said of content that was published; the state stays. */
  | 'remarked'
  /** It cannot get it, and the reason stays. */
  | 'failed'
  /** It could not be reached: to be repeated. */
  | 'postponed'
  /** The transport request goes out once more. */
  | 'retried'
  | 'cancelled'

const UNDER_WAY = {
  received: 'received',
  activated: 'active',
  failed: 'failed',
  postponed: 'pending',
  retried: 'planned',
  cancelled: 'cancelled',
} as const

const GIVEN_UP = { routed: 'routed', progressed: 'receiving', ...UNDER_WAY } as const

/** What is not listed is not a move. */
const MOVES: Readonly<Record<DeliveryState, Partial<Record<DeliveryEvent, DeliveryState>>>> = {
  planned: { ...UNDER_WAY, routed: 'routed', progressed: 'receiving' },
  routed: { ...UNDER_WAY, routed: 'routed', progressed: 'receiving' },
  receiving: { ...UNDER_WAY, routed: 'receiving', progressed: 'receiving' },
  received: {
    routed: 'received',
    progressed: 'received',
    received: 'received',
    activated: 'active',
    withdrawn: 'withdrawn',
    failed: 'failed',
    cancelled: 'cancelled',
  },
  active: {
    routed: 'active',
    progressed: 'active',
    received: 'active',
    activated: 'active',
    withdrawn: 'withdrawn',
    remarked: 'active',
  },
  withdrawn: { received: 'withdrawn', activated: 'withdrawn', withdrawn: 'withdrawn', remarked: 'withdrawn' },
  failed: GIVEN_UP,
  pending: GIVEN_UP,
  cancelled: { received: 'cancelled', activated: 'active', withdrawn: 'withdrawn', cancelled: 'cancelled' },
}

/** The state after `event`; undefined when that cannot happen in state `from`. */
export function moveDelivery(from: DeliveryState, event: DeliveryEvent): DeliveryState | undefined {
  return MOVES[from][event]
}

/** Whether the terminal has, or had, all of the content. */
export function isDelivered(state: DeliveryState): boolean {
  return state === 'received' || state === 'active' || state === 'withdrawn'
}

/** Whether the delivery has come to an end, good or bad, that only a new attempt changes. */
export function isFinished(state: DeliveryState): boolean {
  return isDelivered(state) || state === 'failed' || state === 'cancelled'
}
