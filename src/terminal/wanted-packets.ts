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
  /** Tables go before packets: a packet without its table cannot be checked. */
  readonly #ready = { tables: new Fifo(), packets: new Fifo() }
  readonly #waiting = { tables: new Set<number>(), packets: new Set<number>() }

  constructor(capacity: number) {
    this.#capacity = capacity
  }

  get size(): number {
    const { tables, packets } = this.#ready
    return tables.length + packets.length + this.#waiting.tables.size + this.#waiting.packets.size
  }

  /** @returns false when the child wants more than it may */
  add(item: WantedItem, held: boolean): boolean {
    if (this.size >= this.#capacity) return false
    const kind = kindOf(item.base)
    if (held) this.#ready[kind].push(item.index)
    else this.#waiting[kind].add(item.index)
    return true
  }

  /** A packet came in. @returns whether this child was waiting for it */
  arrived(item: WantedItem): boolean {
    const kind = kindOf(item.base)
    if (!this.#waiting[kind].delete(item.index)) return false
    this.#ready[kind].push(item.index)
    return true
  }

  /** The next that can be sent, taken out. */
  take(): WantedItem | undefined {
    const table = this.#ready.tables.shift()
    if (table !== undefined) return { base: BASE_TYPE.packetTable, index: table }
    const packet = this.#ready.packets.shift()
    return packet === undefined ? undefined : { base: BASE_TYPE.content, index: packet }
  }
}

function kindOf(base: number): 'tables' | 'packets' {
  return base === BASE_TYPE.packetTable ? 'tables' : 'packets'
}

/** First in, first out, without moving the rest at every take. */
class Fifo {
  #items: number[] = []
  #head = 0

  get length(): number {
    return this.#items.length - this.#head
  }

  push(item: number): void {
    this.#items.push(item)
  }

  shift(): number | undefined {
    const item = this.#items[this.#head]
    if (item === undefined) return undefined
    this.#head++
    if (this.#head > 256 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head)
      this.#head = 0
    }
    return item
  }
}
