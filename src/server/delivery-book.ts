/**
 * The deliveries of one transfer, found by handle or by node, and the one place that changes their states.
 *
 *   planned ──route ack──► routed ──bytes──► receiving ──receipt──► received ──receipt──► active
 *      │                      └────────────────┴── failure, or offline for too long ──► failed, pending
 *      └ offline when planned ──► pending ──it comes back──► planned
 */

import type { NodeId } from '../identity/node-id.ts'
import { type DeliveryEvent, moveDelivery } from '../registry/delivery-state.ts'
import type { SignedBytes } from '../wire/field-schemas.ts'
import type { Reason } from '../wire/reason.ts'
import type { DeliveryStateName } from '../wire/snapshot.ts'
import type { DeliveryView, RECEIPT_EVENT } from './delivery-view.ts'

/** A receipt as it came in. */
export interface HeardReceipt {
  readonly signed: SignedBytes
  readonly state: keyof typeof RECEIPT_EVENT
  readonly error: Reason | null
  /** Whether a command of the terminal's owner runs now. */
  readonly hook: boolean
  /** To be called once the receipt is recorded for good. */
  readonly kept: () => void
}

export interface DeliveryBookEvents {
  /** Something that an operator sees has changed. */
  changed(): void
  /** Something happened to this delivery: to be recorded. */
  moved(delivery: DeliveryView, event: DeliveryEvent, receipt?: HeardReceipt): void
  /** From the transport request to a terminal's route ack. */
  responded(node: NodeId, responseMs: number): void
  /** A delivery has ended in a way that speaks against its terminal. */
  failed(node: NodeId): void
}

export class DeliveryBook {
  /** In rank order. */
  readonly all: readonly DeliveryView[]
  readonly #events: DeliveryBookEvents
  readonly #byHandle: ReadonlyMap<number, DeliveryView>
  readonly #byNode: ReadonlyMap<NodeId, DeliveryView>

  constructor(deliveries: readonly DeliveryView[], events: DeliveryBookEvents) {
    this.all = deliveries
    this.#events = events
    this.#byHandle = new Map(deliveries.map((delivery) => [delivery.handle, delivery]))
    this.#byNode = new Map(deliveries.map((delivery) => [delivery.node, delivery]))
  }

  byHandle(handle: number): DeliveryView | undefined {
    return this.#byHandle.get(handle)
  }

  byNode(node: NodeId): DeliveryView | undefined {
    return this.#byNode.get(node)
  }

  /** @returns whether the event could happen */
  move(delivery: DeliveryView, event: DeliveryEvent, facts: { error?: Reason; receipt?: HeardReceipt } = {}): boolean {
    const state = moveDelivery(delivery.state, event)
    if (state === undefined) return false
    if (isFault(state, facts.error?.code) && delivery.state !== state) this.#events.failed(delivery.node)
    // What is told once more takes back nothing that was said beside it.
    delivery.error = facts.error ?? (state === delivery.state ? delivery.error : null)
    delivery.state = state
    this.#events.moved(delivery, event, facts.receipt)
    this.#events.changed()
    return true
  }

  /** A terminal's response time was measured: whoever it was that asked it. */
  measured(delivery: DeliveryView, responseMs: number): void {
    if (delivery.responseMs === responseMs) return
    delivery.responseMs = responseMs
    this.#events.responded(delivery.node, responseMs)
    this.#events.changed()
  }
}

/** Failures by what was asked of a terminal, which say nothing of how well it receives. */
const OF_THE_REQUEST = ['E_NODE_REVOKED', 'E_EXPIRED', 'E_SUPERSEDED', 'E_DESTINATION', 'E_DESTINATION_BLOCKED']

/** Whether a delivery's end speaks against its terminal. */
function isFault(state: DeliveryStateName, code = ''): boolean {
  return (state === 'failed' && !OF_THE_REQUEST.includes(code)) || (state === 'pending' && code === 'E_OFFLINE')
}
