/**
 * The main server's probes at a terminal: it counts the bytes that come and tells how long they took (treecast-protocol(7), probe).
 * Nothing is kept of them.
 *
 *   take() ── first PROBE ── … ── LIMITS.probeBytes, or LIMITS.probeMs later ──► PROBED
 *
 * Guarantee: one probe at a time, and none lasts longer than LIMITS.probeAnswerMs.
 */

import type { Conversation } from '../link/conversation.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import { giveBack } from '../system/packet-memory.ts'
import { LIMITS } from '../wire/limits.ts'

export class ProbeDesk {
  readonly #clock: Clock
  #current: Conversation | undefined

  constructor(clock: Clock) {
    this.#clock = clock
  }

  /** Serves a probe link of the main server until it closes. @throws E_PROBE_BUSY while there is another */
  take(conversation: Conversation): void {
    if (this.#current !== undefined) throw new TreecastError('E_PROBE_BUSY', 'this terminal is being probed already')
    this.#current = conversation
    const count = new ProbeCount(this.#clock, (probed) => {
      conversation.send('probed', probed)
      // The next one may come before this link's end does.
      this.#over(conversation)
    })
    const late = this.#clock.after(
      LIMITS.probeAnswerMs,
      () => conversation.close(new TreecastError('E_DEADLINE', 'a probe took too long')),
      { background: true },
    )
    conversation.admit()
    conversation.attach({
      message: () => undefined,
      probe: (bytes) => {
        count.add(bytes.length)
        giveBack(bytes)
      },
      closed: () => {
        late.cancel()
        count.stop()
        this.#over(conversation)
      },
    })
  }

  #over(conversation: Conversation): void {
    if (this.#current === conversation) this.#current = undefined
  }
}

/** Counts one probe. The first frame only starts the clock: how long it was under way is not known here. */
class ProbeCount {
  readonly #clock: Clock
  readonly #done: (probed: { bytes: number; elapsedMs: number }) => void
  #firstBytes = 0
  #bytes = 0
  #firstAtMs = 0
  #lastAtMs = 0
  #end: ReturnType<Clock['after']> | undefined
  #answered = false

  constructor(clock: Clock, done: (probed: { bytes: number; elapsedMs: number }) => void) {
    this.#clock = clock
    this.#done = done
  }

  /** @throws E_PROBE_TOO_LARGE */
  add(bytes: number): void {
    this.#bytes += bytes
    if (this.#bytes > LIMITS.probeBytes) {
      throw new TreecastError('E_PROBE_TOO_LARGE', `a probe is longer than ${LIMITS.probeBytes} bytes`)
    }
    this.#lastAtMs = this.#answered ? this.#lastAtMs : this.#clock.monotonic()
    if (this.#end === undefined) {
      this.#firstBytes = bytes
      this.#firstAtMs = this.#lastAtMs
      this.#end = this.#clock.after(LIMITS.probeMs, () => this.#answer(), { background: true })
    }
    if (this.#bytes === LIMITS.probeBytes) this.#answer()
  }

  stop(): void {
    this.#end?.cancel()
  }

  #answer(): void {
    if (this.#answered) return
    this.#answered = true
    this.#end?.cancel()
    this.#done({ bytes: this.#bytes - this.#firstBytes, elapsedMs: this.#lastAtMs - this.#firstAtMs })
  }
}
