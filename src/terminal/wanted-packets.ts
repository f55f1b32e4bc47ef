/**
 * What one child still wants, as packet numbers: those that can be sent now, and those it waits for. Numbers only, and never more than
 * `capacity` of them, so a slow child costs a few kilobytes and its siblings nothing.
 */

import { BASE_TYPE } from '../wire/codes.ts'

export interface WantedItem {
  readonly base: number
  readonly index: number
}

export class WantedPackets {
  readonly #capacity: number
  /** In the order in which they became ready. Tables go before packets: a packet without its table cannot be checked. */
  readonly #ready = { tables: new Set<number>(), packets: new Set<number>() }
  readonly #waiting = { tables: new Set<number>(), packets: new Set<number>() }

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    const { tables, packets } = this.#ready
    return tables.size + packets.size + this.#waiting.tables.size + this.#waiting.packets.size
  }

  /** @returns false when the child wants more than it may */
  add(item: WantedItem, held: boolean): boolean {
    if (this.size >= this.#capacity) return false
    const kind = kindOf(item.base)
    if (held) this.#ready[kind].add(item.index)
    else this.#waiting[kind].add(item.index)
    return true
  }

  /** A packet came in. @returns whether this child was waiting for it */
  arrived(item: WantedItem): boolean {
    const kind = kindOf(item.base)
    if (!this.#waiting[kind].delete(item.index)) return false
    this.#ready[kind].add(item.index)
    return true
  }

  /** The next that can be sent, taken out. */
  take(): WantedItem | undefined {
    const table = takeFirst(this.#ready.tables)
    if (table !== undefined) return { base: BASE_TYPE.packetTable, index: table }
    const packet = takeFirst(this.#ready.packets)
    return packet === undefined ? undefined : { base: BASE_TYPE.content, index: packet }
  }

  /** The child has this packet, from wherever. */
  forget(index: number): void {
    this.#ready.packets.delete(index)
    this.#waiting.packets.delete(index)
  }
}

function kindOf(base: number): 'tables' | 'packets' {
  return base === BASE_TYPE.packetTable ? 'tables' : 'packets'
}

function takeFirst(indices: Set<number>): number | undefined {
  for (const index of indices) {
    indices.delete(index)
    return index
  }
  return undefined
}
