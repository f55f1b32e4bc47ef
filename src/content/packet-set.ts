/** A growing set of packet numbers as a bitmap, least significant bit first: what a terminal holds, and what it holds durably. */

export class PacketSet {
  #bits: Uint8Array
  #size = 0

  constructor(bits: Uint8Array = new Uint8Array(0)) {
    this.#bits = bits.slice()
    for (const byte of this.#bits) this.#size += countBits(byte)
  }

  /** How many numbers are in the set. */
  get size(): number {
    return this.#size
  }

  has(index: number): boolean {
    return ((this.#bits[index >>> 3] ?? 0) & (1 << (index & 7))) !== 0
  }

  /** @returns false when it was there */
  add(index: number): boolean {
    if (this.has(index)) return false
    const at = index >>> 3
    if (at >= this.#bits.length) {
      const grown = new Uint8Array(Math.max(16, at + 1, this.#bits.length * 2))
      grown.set(this.#bits)
      this.#bits = grown
    }
    this.#bits[at] = (this.#bits[at] as number) | (1 << (index & 7))
    this.#size++
    return true
  }

  /** How many numbers leave each remainder when divided by `divisor`. */
  countByRemainder(divisor: number): number[] {
    if (divisor === 1) return [this.#size]
    const counts = Array.from({ length: divisor }, () => 0)
    for (let at = 0; at < this.#bits.length; at++) {
      for (let rest = this.#bits[at] as number; rest !== 0; rest &= rest - 1) {
        const remainder = (at * 8 + 31 - Math.clz32(rest & -rest)) % divisor
        counts[remainder] = (counts[remainder] as number) + 1
      }
    }
    return counts
  }

  /** A copy of the bitmap. */
  toBytes(): Uint8Array {
    return this.#bits.slice()
  }
}

function countBits(byte: number): number {
  let count = 0
  for (let rest = byte; rest !== 0; rest &= rest - 1) count++
  return count
}
