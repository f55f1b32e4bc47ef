/**
 * The packets that a pusher has offered: gathered, offered together, and kept until the main server says which of them it lacks.
 */

import { DIGEST_BYTES, proofOf } from '../seal/digests.ts'
import { giveBack } from '../system/packet-memory.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'

interface Offer {
  readonly packets: readonly Uint8Array[]
  /** Their places; undefined before the answer. */
  lacks: readonly number[] | undefined
}

export class PacketOffers {
  readonly #key: Uint8Array
  #gathered: Uint8Array[] = []
  gatheredBytes = 0
  readonly #offers: Offer[] = []
  #goesOn = true

  constructor(key: Uint8Array) {
    this.#key = key
  }

  /** Whether the main server takes more offers. */
  get goesOn(): boolean {
    return this.#goesOn
  }

  /** Whether packets were offered of which not all is settled. */
  get isWaiting(): boolean {
    return this.#offers.length > 0
  }

  /** Copies the packet. @returns whether it is time to offer what was gathered */
  add(packet: Uint8Array): boolean {
    this.#gathered.push(packet.slice())
    this.gatheredBytes += packet.length
    return this.gatheredBytes >= LIMITS.offerBytes || this.#gathered.length === LIMITS.offeredPackets
  }

  /** Offers what was gathered. */
  offer(): MessageBody<'uploadOffer'> {
    const packets = this.#gathered
    this.#offers.push({ packets, lacks: undefined })
    this.#gathered = []
    this.gatheredBytes = 0
    const proofs = new Uint8Array(packets.length * DIGEST_BYTES)
    for (const [k, packet] of packets.entries()) proofs.set(proofOf(packet, this.#key), k * DIGEST_BYTES)
    return { lengths: packets.map(({ length }) => length), proofs }
  }

  /** The main server's answer to the oldest offer without one. */
  answered({ lacks, goOn }: MessageBody<'uploadLacks'>): void {
    const offer = this.#offers.find((one) => one.lacks === undefined)
    if (offer !== undefined) offer.lacks = lacks
    this.#goesOn &&= goOn
  }

  /** The packets to send of the oldest offer; undefined when there is none, or it is not answered yet. */
  takeLacking(): Uint8Array[] | undefined {
    const [offer] = this.#offers
    if (offer?.lacks === undefined) return undefined
    this.#offers.shift()
    const lacks = new Set(offer.lacks)
    for (const [k, packet] of offer.packets.entries()) if (!lacks.has(k)) giveBack(packet)
    return offer.packets.filter((_, k) => lacks.has(k))
  }
}
