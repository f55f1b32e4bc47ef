/**
 * The data transmission module 44 of FIG. 2C: sends each child what preparation has ready for it, as fast as that child's own link takes
 * it. A child that is slow fills its own link's buffer, to a bound, and then waits; its siblings do not notice.
 *
 * It decides no routes.
 */

import type { Conversation } from '../link/conversation.ts'
import { BASE_TYPE } from '../wire/codes.ts'
import { FRAME_HEADER_BYTES } from '../wire/frame.ts'
import { LIMITS } from '../wire/limits.ts'
import { PACKET_HEADER_BYTES } from '../wire/packet-header.ts'
import type { Preparation, PreparedPacket } from './preparation.ts'
import type { SendLimit } from './send-limit.ts'
import type { WantedItem, WantedPackets } from './wanted-packets.ts'

/** A child as transmission sees it. */
export interface Child {
  /** The child's handle in the transfer. */
  readonly handle: number
  readonly stripe: number
  readonly wanted: WantedPackets
  readonly data: Conversation
}

export interface TransmissionEvents {
  /** This many plain bytes were handed to the child's link. */
  sent(child: Child, plainBytes: number): void
  /** This cannot be served: the child is told and asks elsewhere. */
  notHeld(child: Child, item: WantedItem): void
  /** Reading or sealing failed: no fault of the child's. */
  failed(child: Child, error: unknown): void
}

export interface TransmissionOptions {
  readonly transfer: number
  readonly preparation: Preparation
  readonly events: TransmissionEvents
  /** All of them are kept. */
  readonly limits: readonly SendLimit[]
}

export class Transmission {
  readonly #transfer: number
  readonly #preparation: Preparation
  readonly #events: TransmissionEvents
  readonly #limits: readonly SendLimit[]
  readonly #sending = new Set<Child>()
  /** Children for whom something became ready while they were being sent to. */
  readonly #again = new Set<Child>()

  constructor(options: TransmissionOptions) {
    this.#transfer = options.transfer
    this.#preparation = options.preparation
    this.#events = options.events
    this.#limits = options.limits
  }

  /** Sends until the child's link is full or nothing it wants is ready. Harmless while it runs already. */
  pump(child: Child): void {
    if (this.#sending.has(child)) {
      this.#again.add(child)
      return
    }
    this.#sending.add(child)
    this.#send(child)
      .catch((error: unknown) => this.#events.failed(child, error))
      .finally(() => {
        this.#sending.delete(child)
        if (this.#again.delete(child)) this.pump(child)
      })
  }

  async #send(child: Child): Promise<void> {
    while (child.data.open && child.data.bufferedBytes < LIMITS.childBufferBytes) {
      const item = child.wanted.take()
      if (item === undefined) return
      const packet = await this.#preparation.prepare(item)
      if (packet === undefined) this.#events.notHeld(child, item)
      else await this.#sendInTurn(child, packet)
    }
  }

  async #sendInTurn(child: Child, packet: PreparedPacket): Promise<void> {
    const bytes = FRAME_HEADER_BYTES + PACKET_HEADER_BYTES + packet.sealed.bytes.length
    for (const limit of this.#limits) await limit.turn(this, child, bytes)
    if (child.data.open) this.#sendPacket(child, packet)
    else packet.sealed.letGo()
  }

  #sendPacket(child: Child, packet: PreparedPacket): void {
    const { item } = packet
    const { bytes } = packet.sealed
    child.data.sendPacket(
      {
        transfer: this.#transfer,
        stripe: child.stripe,
        base: packet.types.baseType,
        oriented: packet.types.orientedType,
        index: item.index,
        target: child.handle,
        plainBytes: packet.plainBytes,
        sealedBytes: bytes.length,
        compression: packet.compression,
        cipher: packet.cipher,
        checksum: packet.digest,
      },
      bytes,
      () => packet.sealed.letGo(),
    )
    this.#events.sent(child, item.base === BASE_TYPE.content ? packet.plainBytes : 0)
  }
}
