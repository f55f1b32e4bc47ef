/**
 * Connecting over the modelled network, in the round trips that TCP and TLS 1.3 need.
 *
 *   dialler   1 way  SYN                -> nobody listens: refused, one way back
 *             2 ways  certificate shown    another than expected: E_WRONG_PEER
 *   4 ways    link here; 5 ways: link there, before anything sent over it arrives
 *
 * A first packet that is lost (partition, vanished or paused host) is repeated every second until the deadline, as TCP does.
 */

import type { Address } from '../system/address.ts'
import type { Timer } from '../system/clock.ts'
import type { TreecastError } from '../system/errors.ts'
import type { DialOptions, Link } from './link.ts'
import type { MemoryHost } from './memory-host.ts'
import { deadlineError, dialError, wrongPeerError } from './network-errors.ts'

const REPEAT_MS = 1000

export interface DialStep {
  readonly from: MemoryHost
  /** Who runs under the dialled name now; undefined when the name is unknown. */
  find(): MemoryHost | undefined
  readonly address: Address
  readonly options: DialOptions
  /** Makes the connection and returns the dialler's end. */
  connect(to: MemoryHost): Link
}

export function dialOverMemory(step: DialStep): Promise<Link> {
  return new Promise((resolve, reject) => new Attempt(step, resolve, reject).start())
}

class Attempt {
  readonly #step: DialStep
  readonly #resolve: (link: Link) => void
  readonly #reject: (error: TreecastError) => void
  #deadline: Timer | undefined
  #next: Timer | undefined

  constructor(step: DialStep, resolve: (link: Link) => void, reject: (error: TreecastError) => void) {
    this.#step = step
    this.#resolve = resolve
    this.#reject = reject
  }

  start(): void {
    const { from, address, options } = this.#step
    if (!this.#step.find()) {
      this.#reject(dialError(address, new Error(`no host is called ${address.host}`)))
      return
    }
    this.#deadline = from.clock.after(options.deadlineMs, () => this.#fail(deadlineError(address, options.deadlineMs)))
    this.#ask()
  }

  #ask(): void {
    const { from, address } = this.#step
    const to = this.#step.find() as MemoryHost
    const wayMs = from.latencyTo(to)
    this.#next = from.clock.after(wayMs, () => {
      if (!this.#heardBy(to)) this.#next = from.clock.after(REPEAT_MS, () => this.#ask())
      else if (isOpen(to, address.port)) this.#next = from.clock.after(3 * wayMs, () => this.#meet(to))
      else this.#next = from.clock.after(wayMs, () => this.#fail(dialError(address, new Error('connection refused'))))
    })
  }

  #meet(to: MemoryHost): void {
    const { address, options } = this.#step
    if (!this.#heardBy(to)) this.#ask()
    else if (!isOpen(to, address.port)) this.#fail(dialError(address))
    else if (to.fingerprint !== options.expect) {
      this.#fail(wrongPeerError(address, { expected: options.expect, shown: to.fingerprint }))
    } else {
      this.#deadline?.cancel()
      this.#resolve(this.#step.connect(to))
    }
  }

  /** A killed host's machine still answers that nobody listens; a vanished one says nothing. */
  #heardBy(to: MemoryHost): boolean {
    const { from } = this.#step
    return from.reaches(to) && to.reaches(from) && (to.state === 'up' || to.state === 'killed')
  }

  #fail(error: TreecastError): void {
    this.#deadline?.cancel()
    this.#next?.cancel()
    this.#reject(error)
  }
}

function isOpen(host: MemoryHost, port: number): boolean {
  return host.state === 'up' && host.listeners.has(port)
}
