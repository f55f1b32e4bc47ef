/** A rate in bytes a second, from what was counted over spans of a quarter of a second and more. Pure: the time is given. */

const SPAN_MS = 250
/** Weight of the newest span. */
const WEIGHT = 0.5

export class RateMeter {
  #sinceMs: number
  #bytes = 0
  #rate: number | undefined

  constructor(nowMs: number) {
    this.#sinceMs = nowMs
  }

  /** Undefined before the first span is over. */
  get bytesPerSecond(): number | undefined {
    return this.#rate
  }

  add(bytes: number, nowMs: number): void {
    this.#bytes += bytes
    const spanMs = nowMs - this.#sinceMs
    if (spanMs < SPAN_MS) return
    const rate = (this.#bytes * 1000) / spanMs
    this.#rate = this.#rate === undefined ? rate : this.#rate + (rate - this.#rate) * WEIGHT
    this.#bytes = 0
    this.#sinceMs = nowMs
  }
}
