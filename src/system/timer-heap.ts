/** The pending timers of a virtual clock: a binary heap by time, then by order of setting. Cancelled ones are dropped lazily. */

export interface VirtualTimer {
  readonly dueMs: number
  readonly order: number
  readonly background: boolean
  readonly run: () => void
}

/** Below this size cancelled timers are not worth sweeping out. */
const SWEEP_AFTER = 64

export class TimerHeap {
  #heap: VirtualTimer[] = []
  /** Timers that are set: in the heap and not cancelled. */
  readonly #set = new Set<VirtualTimer>()
  #foreground = 0

  get foreground(): number {
    return this.#foreground
  }

  add(timer: VirtualTimer): void {
    this.#set.add(timer)
    if (!timer.background) this.#foreground += 1
    this.#heap.push(timer)
    this.#rise(this.#heap.length - 1)
  }

  cancel(timer: VirtualTimer): void {
    if (!this.#set.delete(timer)) return
    if (!timer.background) this.#foreground -= 1
    if (this.#heap.length > SWEEP_AFTER && this.#set.size * 2 < this.#heap.length) this.#sweep()
  }

  /** The timer that is due first. */
  peek(): VirtualTimer | undefined {
    for (let first = this.#heap[0]; first; first = this.#heap[0]) {
      if (this.#set.has(first)) return first
      this.#removeFirst()
    }
    return undefined
  }

  take(): VirtualTimer | undefined {
    const first = this.peek()
    if (!first) return undefined
    this.#removeFirst()
    this.#set.delete(first)
    if (!first.background) this.#foreground -= 1
    return first
  }

  #removeFirst(): void {
    const last = this.#heap.pop()
    if (last && this.#heap.length > 0) {
      this.#heap[0] = last
      this.#sink(0)
    }
  }

  #sweep(): void {
    this.#heap = this.#heap.filter((timer) => this.#set.has(timer))
    for (let at = (this.#heap.length >> 1) - 1; at >= 0; at -= 1) this.#sink(at)
  }

  #rise(from: number): void {
    for (let at = from; at > 0; ) {
      const parent = (at - 1) >> 1
      if (!this.#swapIfEarlier(at, parent)) return
      at = parent
    }
  }

  #sink(from: number): void {
    for (let at = from; ; ) {
      const left = 2 * at + 1
      const right = left + 1
      const child = this.#isEarlier(right, left) ? right : left
      if (!this.#swapIfEarlier(child, at)) return
      at = child
    }
  }

  #swapIfEarlier(lower: number, upper: number): boolean {
    if (!this.#isEarlier(lower, upper)) return false
    const timer = this.#heap[lower] as VirtualTimer
    this.#heap[lower] = this.#heap[upper] as VirtualTimer
    this.#heap[upper] = timer
    return true
  }

  #isEarlier(a: number, b: number): boolean {
    const first = this.#heap[a]
    const second = this.#heap[b]
    if (!first || !second) return false
    return first.dueMs < second.dueMs || (first.dueMs === second.dueMs && first.order < second.order)
  }
}
