/** One upstream of a terminal in one stripe: what was asked of it, how fast it answers, and how much it may owe. */

import type { Conversation } from '../link/conversation.ts'
import { LIMITS } from '../wire/limits.ts'
import { RateMeter } from './rate-meter.ts'

/** One that is slower or faster than the mean by more has a reason of its own. */
const MOST_EVENED = 2

/** A packet that was asked for and did not come yet. */
export interface AskedPacket {
  /** Asked for only if it is held: another upstream was asked first, or would have been. */
  readonly ifHeld: boolean
}

export class Upstream {
  /** 0 is the first server. */
  readonly handle: number
  readonly stripe: number
  readonly requests: Conversation
  /** In the order in which they were asked for. */
  readonly asked = new Map<number, AskedPacket>()
  /** Packets that it did not hold, and when it may be asked for them again. */
  readonly lacks = new Map<number, number>()
  readonly rate: RateMeter
  readonly #packetBytes: number
  /** Plain bytes of good packets. */
  bytes = 0
  /** Packets that failed a check. */
  refused = 0
  /** The next table to ask it for. */
  nextTable: number
  /** When it last sent something that was asked of it, or was asked for the first time. */
  heardAtMs: number
  /** The smoothed pause between two things it sent. */
  pauseMs = 0
  /** Before this it is not looked for what it could help with. */
  helpsAgainAtMs = Number.NEGATIVE_INFINITY
  /** When the main server was last told that it sends nothing. */
  complainedAtMs = Number.NEGATIVE_INFINITY

  constructor(facts: {
    handle: number
    stripe: number
    requests: Conversation
    packetBytes: number
    nextTable: number
    nowMs: number
  }) {
    this.handle = facts.handle
    this.stripe = facts.stripe
    this.requests = facts.requests
    this.nextTable = facts.nextTable
    this.heardAtMs = facts.nowMs
    this.rate = new RateMeter(facts.nowMs)
    this.#packetBytes = facts.packetBytes
  }

  /** What it owes, counted in whole packets. */
  get askedBytes(): number {
    return this.asked.size * this.#packetBytes
  }

  /**
   * How much it may owe: what it sends in LIMITS.requestWindowMs and the round trip of a request, so the line is never idle, and little stands
   * in it for others to wait for.
   *
   * What is asked ahead is reckoned at the mean rate of the terminal's upstreams, which comes nearer to each one's own: those who share a line
   * get of it what they have asked ahead, and would keep whatever shares they had by chance.
   * @param meanBytesPerSecond of the upstreams whose rates are known
   */
  windowBytes(meanBytesPerSecond: number): number {
    const { leastWindowBytes, requestWindowBytes } = LIMITS
    const bytes = Math.min(requestWindowBytes, Math.max(leastWindowBytes, this.#paceBytes(meanBytesPerSecond)))
    return Math.max(bytes, 4 * this.#packetBytes)
  }

  #paceBytes(meanBytesPerSecond: number): number {
    const { bytesPerSecond } = this.rate
    if (bytesPerSecond === undefined) return LIMITS.firstWindowBytes
    const evened = Math.min(bytesPerSecond * MOST_EVENED, Math.max(bytesPerSecond / MOST_EVENED, meanBytesPerSecond))
    return (evened * LIMITS.requestWindowMs + bytesPerSecond * (this.requests.roundTripMs ?? 0)) / 1000
  }

  /** Something that was asked for came in. */
  heard(nowMs: number, bytes: number): void {
    this.pauseMs += (nowMs - this.heardAtMs - this.pauseMs) / 8
    this.heardAtMs = nowMs
    this.rate.add(bytes, nowMs)
  }

  /** How long all that it owes should take. Infinite for one that has fallen silent. */
  expectedMs(nowMs: number): number {
    if (this.asked.size === 0) return 0
    const { bytesPerSecond } = this.rate
    if (nowMs - this.heardAtMs > Math.max(LIMITS.helpAfterMs * 2, 8 * this.pauseMs)) return Number.POSITIVE_INFINITY
    return bytesPerSecond === undefined ? 0 : (this.askedBytes * 1000) / bytesPerSecond
  }

  /** Whether it may be asked for this packet: it did not say just now that it does not hold it. */
  mayHold(index: number, nowMs: number): boolean {
    const again = this.lacks.get(index)
    if (again === undefined) return true
    if (again > nowMs) return false
    this.lacks.delete(index)
    return true
  }
}
