/**
 * A link over any byte transport: frames in and out, limits, keepalive, the water mark.
 *
 *              close()                      the transport closed
 *   open ------------------> ending -----------------------------> closed
 *     |                        | close(error), or not sent in time    ^
 *     +------------------------+--------------------------------------+
 *        close(error), the transport closed, a bad frame, silence
 *
 * Guarantees: no frame is handed out after close(); `closed` is called once, never from inside a call of this link, and only after
 * attach(). A peer's fault ends this link and nothing else.
 */

import { type Address, formatAddress } from '../system/address.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import { type DecodedFrame, encodeFrameHeader, FrameDecoder, type FrameLimit } from '../wire/frame.ts'
import { strangerFrameLimit } from '../wire/frame-limits.ts'
import { LIMITS } from '../wire/limits.ts'
import { MESSAGE } from '../wire/message-types.ts'
import type { ByteTransport } from './byte-transport.ts'
import { DEFAULT_KEEPALIVE, Keepalive, type KeepaliveTimes } from './keepalive.ts'
import type { Fingerprint, Link, LinkHandlers } from './link.ts'

export interface FramedLinkOptions {
  readonly transport: ByteTransport
  readonly clock: Clock
  readonly peerFingerprint: Fingerprint
  readonly remote: Address
  readonly dialled: boolean
  readonly keepalive?: KeepaliveTimes
}

export class FramedLink implements Link {
  readonly peerFingerprint: Fingerprint
  readonly remote: Address
  readonly dialled: boolean
  readonly #transport: ByteTransport
  readonly #clock: Clock
  readonly #keepalive: Keepalive
  readonly #decoder = new FrameDecoder(strangerFrameLimit)
  #state: 'open' | 'ending' | 'closed' = 'open'
  #handlers: LinkHandlers | undefined
  /** How the link ended, until a handler has heard it. */
  #ending: { readonly error: Error | undefined } | undefined
  #receivedBytes = 0
  #aboveWaterMark = false
  #resumed = false
  #closeTimer: Timer | undefined

  constructor(options: FramedLinkOptions) {
    this.peerFingerprint = options.peerFingerprint
    this.remote = options.remote
    this.dialled = options.dialled
    this.#transport = options.transport
    this.#clock = options.clock
    this.#keepalive = new Keepalive(options.clock, options.keepalive ?? DEFAULT_KEEPALIVE, {
      ping: () => this.send(MESSAGE.ping),
      silent: () => this.close(this.#silentError()),
    })
    this.#transport.open({
      data: (chunk) => this.#takeBytes(chunk),
      progress: () => this.#checkDrained(),
      closed: (error) => this.#transportClosed(error),
    })
  }

  get bufferedBytes(): number {
    return this.#transport.bufferedBytes
  }

  get open(): boolean {
    return this.#state === 'open'
  }

  get receivedBytes(): number {
    return this.#receivedBytes
  }

  attach(handlers: LinkHandlers): void {
    this.#handlers = handlers
    this.#resume()
    this.#reportSoon()
  }

  allowFrameBytes(limit: FrameLimit): void {
    this.#decoder.allow(limit)
  }

  send(type: number, ...parts: readonly Uint8Array[]): void {
    this.#send(type, parts, undefined)
  }

  sendThen(taken: () => void, type: number, ...parts: readonly Uint8Array[]): void {
    this.#send(type, parts, taken)
  }

  #send(type: number, parts: readonly Uint8Array[], taken: (() => void) | undefined): void {
    if (this.#state !== 'open') return
    let bodyBytes = 0
    for (const part of parts) bodyBytes += part.length
    this.#transport.write([encodeFrameHeader(type, bodyBytes), ...parts], taken)
    this.#keepalive.said()
    if (this.#transport.bufferedBytes > LIMITS.linkLowWaterBytes) this.#aboveWaterMark = true
  }

  close(error?: Error): void {
    if (this.#state === 'closed') return
    if (error) this.#cut(error)
    else if (this.#state === 'open') this.#endOrderly()
  }

  #endOrderly(): void {
    this.#state = 'ending'
    this.#keepalive.stop()
    const giveUp = () => this.#cut(this.#lost('it did not take what was left to send'))
    this.#closeTimer = this.#clock.after(LIMITS.linkCloseMs, giveUp, { background: true })
    this.#transport.end()
    // Only a stream that is read is seen to end.
    this.#resume()
  }

  #resume(): void {
    if (this.#resumed) return
    this.#resumed = true
    this.#transport.resume()
  }

  #takeBytes(chunk: Uint8Array): void {
    if (this.#state !== 'open') return
    this.#receivedBytes += chunk.length
    this.#keepalive.heard()
    this.#decoder.push(chunk)
    while (this.open) {
      const step = this.#decoder.next()
      if (step.kind === 'more') return
      if (step.kind === 'bad') this.close(step.error)
      else this.#takeFrame(step.frame)
    }
  }

  #takeFrame(frame: DecodedFrame): void {
    if (frame.type === MESSAGE.ping) this.#answerPing()
    else if (frame.type !== MESSAGE.pong) this.#guarded(() => this.#handlers?.frame(frame))
  }

  /** A peer that does not read gets no PONG: answers to a flood of PINGs must not pile up here. */
  #answerPing(): void {
    if (this.bufferedBytes <= LIMITS.linkLowWaterBytes) this.send(MESSAGE.pong)
  }

  #checkDrained(): void {
    if (!this.#aboveWaterMark || !this.open || this.bufferedBytes > LIMITS.linkLowWaterBytes) return
    this.#aboveWaterMark = false
    this.#guarded(() => this.#handlers?.drained?.())
  }

  #guarded(run: () => void): void {
    try {
      run()
    } catch (error) {
      this.close(error instanceof Error ? error : new TreecastError('E_INTERNAL', String(error)))
    }
  }

  #transportClosed(cause: Error | undefined): void {
    if (this.#state === 'closed') return
    const allSaid = this.#state === 'ending' && this.bufferedBytes === 0
    this.#finish(allSaid ? undefined : this.#faultOf(cause))
  }

  #faultOf(cause: Error | undefined): Error | undefined {
    if (cause) return this.#lost(codeOf(cause), cause)
    return this.open && this.#decoder.insideFrame ? this.#lost('it ended inside a frame') : undefined
  }

  #cut(error: Error): void {
    this.#finish(error)
    this.#transport.destroy()
  }

  #finish(error: Error | undefined): void {
    this.#state = 'closed'
    this.#keepalive.stop()
    this.#closeTimer?.cancel()
    this.#ending = { error }
    this.#reportSoon()
  }

  #reportSoon(): void {
    if (!this.#ending || !this.#handlers) return
    const { error } = this.#ending
    queueMicrotask(() => {
      if (!this.#ending) return
      this.#ending = undefined
      this.#handlers?.closed?.(error)
    })
  }

  #lost(why: string, cause?: Error): TreecastError {
    return new TreecastError('E_LINK_LOST', `the link to ${this.#name()} was cut: ${why}`, { cause })
  }

  #silentError(): TreecastError {
    return new TreecastError(
      'E_SILENT',
      `nothing was heard from ${this.#name()} for too long; it or the network is gone`,
    )
  }

  #name(): string {
    return formatAddress(this.remote)
  }
}
