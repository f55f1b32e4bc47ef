/**
 * The downstream half of one transfer at one node, the same at the main server and at every relay: preparation, transmission and routing
 * control put together, and the rules for what children may ask.
 */

import type { StoredContent } from '../content/stored-content.ts'
import type { Conversation, Message } from '../link/conversation.ts'
import { TreecastError } from '../system/errors.ts'
import { SharedBytes } from '../system/packet-memory.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'
import { toRangeLists } from '../wire/packet-ranges.ts'
import type { Downstream } from './downstream.ts'
import { FirstServerHelp } from './first-server-help.ts'
import { Preparation } from './preparation.ts'
import { type ChildFailure, RoutingControl, type RoutingOptions } from './routing-control.ts'
import type { SealingFacts } from './sealing-facts.ts'
import type { SendLimit } from './send-limit.ts'
import { Transmission } from './transmission.ts'
import type { WantedItem, WantedPackets } from './wanted-packets.ts'
import type { WholeContent } from './whole-content.ts'

/** What a serving node tells of its children. */
export interface ServingEvents {
  acknowledged(child: Downstream): void
  failed(failure: ChildFailure): void
  /** A child was done or given up; nobody may be left to serve. */
  closed(child: Downstream): void
}

export interface ServingOptions extends Omit<RoutingOptions, 'events'> {
  readonly content: StoredContent
  readonly sealing: SealingFacts
  /** How fast it may send: of this transfer, and together with all others. */
  readonly limits?: readonly SendLimit[]
  /** Sealed packets that it keeps in memory; default: a terminal's. */
  readonly windowBytes?: number
  /** This node will never hold a packet of its own: it has the tables. */
  readonly tablesOnly?: boolean
  /** All of the content goes out from here: what is not of a child's stripe goes to it only with what the line has to spare. */
  readonly isFirst?: boolean
  readonly events: ServingEvents
}

/** A message about packets that a child sends on its request link. */
export type ChildMessage = Extract<Message, { name: 'routeAck' | 'request' | 'requestIfHeld' | 'ack' }>

export class Serving {
  readonly routing: RoutingControl
  readonly #options: ServingOptions
  readonly #preparation: Preparation
  readonly #transmission: Transmission
  readonly #childOf = new Map<WantedPackets, Downstream>()
  readonly #help: FirstServerHelp<Downstream> | undefined
  #sentBytes = 0

  constructor(options: ServingOptions) {
    const { transfer, content, sealing, limits = [], windowBytes = LIMITS.sealedWindowBytes, events } = options
    this.#options = options
    this.#help = options.isFirst === true ? new FirstServerHelp() : undefined
    this.#preparation = new Preparation({ content, sealing, windowBytes })
    this.#transmission = new Transmission({
      transfer,
      preparation: this.#preparation,
      limits,
      events: {
        sent: (child, plainBytes) => this.#sent(child as Downstream, plainBytes),
        notHeld: (child, item) => this.#notHeld(child as Downstream, item.base, [item.index]),
        failed: (child, error) => this.routing.childFailed(child as Downstream, asError(error)),
      },
    })
    this.routing = new RoutingControl({
      ...options,
      events: {
        opened: (child) => this.#opened(child),
        closed: (child) => this.#closed(child),
        acknowledged: (child) => events.acknowledged(child),
        failed: (failure) => events.failed(failure),
      },
    })
  }

  /** Plain bytes handed to children's links so far. */
  get sentBytes(): number {
    return this.#sentBytes
  }

  /** A segment's table is here: pass it on. */
  tableArrived(segment: number): void {
    this.#wake(this.#preparation.tableArrived(segment))
  }

  /** A packet was sealed here: pass it on. Its sealed bytes are given back when nobody needs them any more. */
  packetSealed(index: number, sealed: Uint8Array): void {
    const shared = new SharedBytes(sealed)
    this.packetArrived(index, shared)
    shared.letGo()
  }

  /** A checked packet is here as these sealed bytes: pass it on. Whoever keeps them holds them. */
  packetArrived(index: number, sealed: SharedBytes): void {
    this.#wake(this.#preparation.packetArrived(index, sealed))
  }

  /** A packet is stored: whoever asked for it only after it came in gets it now. */
  packetStored(index: number): void {
    this.#wake(this.#preparation.packetStored(index))
  }

  /**
   * What a child with a checked ticket says on its request link. A terminal that is no child of this node is told so, by NOT_HELD.
   * @returns false when it is none
   * @throws E_TOO_MANY_WANTED when it asks for more than it may; that closes its link
   */
  childSays(handle: number, conversation: Conversation, message: ChildMessage): boolean {
    const child = this.routing.branches.find(handle, message.body.stripe)
    if (child === undefined) {
      answerNotHeld(conversation, message)
      return false
    }
    child.requests = conversation
    switch (message.name) {
      case 'routeAck':
        this.routing.routeAcked(child, conversation)
        break
      case 'request':
        if (this.#options.tablesOnly === true && message.body.base !== BASE_TYPE.packetTable) {
          answerNotHeld(conversation, message)
          break
        }
        this.#help?.asked(child, this.#options.clock.monotonic())
        if (!this.#preparation.want(child.wanted, message.body.base, message.body.ranges)) throw tooManyWanted()
        this.#transmission.pump(child)
        break
      case 'requestIfHeld': {
        if (!this.#helps(child)) {
          answerNotHeld(conversation, message)
          break
        }
        const notHeld = this.#preparation.wantIfHeld(child.wanted, message.body.base, message.body.ranges)
        if (notHeld === undefined) throw tooManyWanted()
        if (notHeld.length > 0) this.#notHeld(child, message.body.base, notHeld)
        this.#transmission.pump(child)
        break
      }
      case 'ack':
        this.#preparation.acknowledged(child.wanted, message.body.ranges)
        if (message.body.durable) this.routing.finished(child)
        break
    }
    return true
  }

  /** All of the content as it is sent whole; undefined when a packet cannot be made as the signed table has it. */
  async whole(): Promise<WholeContent | undefined> {
    const { content } = this.#options
    const packets: Uint8Array[] = []
    for (let index = 0; index < content.knownPackets; index++) {
      const packet = await this.#preparation.prepare({ base: BASE_TYPE.content, index })
      if (packet === undefined) return undefined
      packets.push(packet.sealed.bytes)
    }
    return { tables: [...content.tables()], packets }
  }

  /** The link of a child can take more. */
  drained(conversation: Conversation): void {
    for (const child of this.routing.branches.children())
      if (child.data === conversation) this.#transmission.pump(child)
  }

  stop(reason?: { code: string; message: string }): void {
    this.routing.stop(reason)
  }

  #helps(child: Downstream): boolean {
    if (this.#help === undefined) return true
    const { content, clock } = this.#options
    return content.last !== undefined && this.#help.mayHave(child, clock.monotonic())
  }

  #opened(child: Downstream): void {
    this.#childOf.set(child.wanted, child)
    this.#preparation.addChild(child.wanted)
  }

  #closed(child: Downstream): void {
    this.#childOf.delete(child.wanted)
    this.#preparation.removeChild(child.wanted)
    this.#options.events.closed(child)
  }

  #sent(child: Downstream, plainBytes: number): void {
    child.sentBytes += plainBytes
    this.#sentBytes += plainBytes
  }

  #wake(waiting: readonly WantedPackets[]): void {
    for (const wanted of waiting) {
      const child = this.#childOf.get(wanted)
      if (child !== undefined) this.#transmission.pump(child)
    }
  }

  #notHeld(child: Downstream, base: WantedItem['base'], indices: number[]): void {
    const { transfer } = this.#options
    for (const ranges of toRangeLists(indices)) {
      if (child.requests !== undefined) sayNotHeld(child.requests, { transfer, stripe: child.stripe, base, ranges })
    }
  }
}

/** Says that nothing of what a request asks for is to be had here: who asks shall not wait for it. */
export function answerNotHeld(conversation: Conversation, message: ChildMessage): void {
  if (message.name !== 'request' && message.name !== 'requestIfHeld') return
  sayNotHeld(conversation, message.body)
}

/** Whoever asks and does not read the answers loses the link before they fill the memory. */
function sayNotHeld(conversation: Conversation, packets: MessageBody<'notHeld'>): void {
  if (conversation.bufferedBytes > LIMITS.answerBufferBytes) {
    const text = 'a terminal asks for packets and does not read what it is answered'
    conversation.close(new TreecastError('E_NOT_READING', text))
  } else conversation.send('notHeld', packets)
}

function tooManyWanted(): TreecastError {
  return new TreecastError(
    'E_TOO_MANY_WANTED',
    `a terminal asked for more than ${LIMITS.wantedPackets} packets at once`,
  )
}

function asError(error: unknown): Error {
  return error instanceof Error ? error : new Error(String(error))
}
