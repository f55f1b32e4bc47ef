/**
 * The bytes of one probe: random, so that nothing on the way can make them fewer, and bounded by LIMITS.probeBytes and LIMITS.probeMs.
 * They keep to the main server's own limit like any other content.
 */

import type { Conversation } from '../link/conversation.ts'
import type { Clock } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'
import type { Random } from '../system/random.ts'
import type { SendLimit } from '../terminal/send-limit.ts'
import { FRAME_HEADER_BYTES } from '../wire/frame.ts'
import { LIMITS } from '../wire/limits.ts'
import type { MessageBody } from '../wire/messages.ts'

export interface ProbeMeans {
  readonly clock: Clock
  readonly random: Random
  readonly sendLimit?: SendLimit | undefined
}

export interface ProbeResult {
  readonly bytesPerSecond: number
  /** The main server's own limit held it back: the terminal can do that much, and perhaps more. */
  readonly atLeast: boolean
}

export class ProbeTransfer {
  readonly #means: ProbeMeans
  readonly #conversation: Conversation
  readonly #startedAtMs: number
  readonly #result = Promise.withResolvers<ProbeResult>()
  #firstBytes = 0
  #sentBytes = 0
  #limited = false
  #sending = false

  constructor(conversation: Conversation, means: ProbeMeans) {
    this.#conversation = conversation
    this.#means = means
    this.#startedAtMs = means.clock.monotonic()
    this.#result.promise.catch(() => undefined)
    this.pump()
  }

  /** Rejects with what ended the link before the terminal had answered, or with what is wrong about its answer. */
  get result(): Promise<ProbeResult> {
    return this.#result.promise
  }

  /** Sends until the link is full. Harmless while it runs already. */
  pump(): void {
    if (this.#sending) return
    this.#sending = true
    void this.#send().finally(() => {
      this.#sending = false
    })
  }

  /** The terminal tells what came. */
  answered({ bytes, elapsedMs }: MessageBody<'probed'>): void {
    if (bytes > this.#sentBytes - this.#firstBytes) {
      this.#result.reject(new TreecastError('E_PROBE', `it says that ${bytes} bytes came, and fewer were sent`))
    } else if (bytes === 0 || elapsedMs === 0) {
      const message = `too little came within ${LIMITS.probeMs} ms to measure its throughput`
      this.#result.reject(new TreecastError('E_PROBE', message))
    } else this.#result.resolve({ bytesPerSecond: (bytes / elapsedMs) * 1000, atLeast: this.#limited })
  }

  closed(error: Error | undefined): void {
    this.#result.reject(error ?? new TreecastError('E_CLOSED', 'the terminal closed the probe link'))
  }

  async #send(): Promise<void> {
    while (this.#mayGoOn()) {
      const bytes = this.#nextBytes()
      const turn = this.#means.sendLimit?.turn(this, this, bytes + FRAME_HEADER_BYTES)
      if (turn !== undefined) {
        this.#limited = true
        await turn
        if (!this.#mayGoOn()) return
      }
      if (this.#sentBytes === 0) this.#firstBytes = bytes
      this.#sentBytes += bytes
      this.#conversation.sendProbe(this.#means.random.bytes(bytes))
    }
  }

  #mayGoOn(): boolean {
    const { open, bufferedBytes } = this.#conversation
    const inTime = this.#means.clock.monotonic() - this.#startedAtMs < LIMITS.probeMs
    return open && inTime && this.#sentBytes < LIMITS.probeBytes && bufferedBytes <= LIMITS.linkLowWaterBytes
  }

  #nextBytes(): number {
    const portionBytes = this.#means.sendLimit?.portionBytes ?? LIMITS.probeFrameBytes
    return Math.min(LIMITS.probeFrameBytes, portionBytes, LIMITS.probeBytes - this.#sentBytes)
  }
}
