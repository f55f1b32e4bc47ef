/**
 * Bounds what strangers cost before they have shown a certificate: how many connections of one listener may be in their
 * handshake at once, and for how long.
 *
 * A connection is known by its remote address and port: the runtimes differ in whether the socket that was accepted and the one
 * whose handshake is finished are the same object.
 */

import type { Socket } from 'node:net'
import type { Clock, Timer } from '../system/clock.ts'

export interface HandshakeLimits {
  readonly deadlineMs: number
  readonly most: number
}

export class HandshakeWatch {
  readonly #clock: Clock
  readonly #limits: HandshakeLimits
  readonly #unfinished = new Map<string, { socket: Socket; timer: Timer }>()

  constructor(clock: Clock, limits: HandshakeLimits) {
    this.#clock = clock
    this.#limits = limits
  }

  /** A connection was accepted. It is destroyed at once when too many are unfinished, else at its deadline unless it finishes. */
  started(socket: Socket): void {
    const key = keyOf(socket)
    socket.on('error', () => socket.destroy())
    if (this.#unfinished.size >= this.#limits.most) return void socket.destroy()
    const timer = this.#clock.after(this.#limits.deadlineMs, () => socket.destroy(), { background: true })
    this.#unfinished.set(key, { socket, timer })
    socket.once('close', () => {
      if (this.#unfinished.get(key)?.socket === socket) this.#forget(key)
    })
  }

  finished(socket: Socket): void {
    this.#forget(keyOf(socket))
  }

  refuseAll(): void {
    for (const { socket } of this.#unfinished.values()) socket.destroy()
  }

  #forget(key: string): void {
    this.#unfinished.get(key)?.timer.cancel()
    this.#unfinished.delete(key)
  }
}

function keyOf(socket: Socket): string {
  return `${socket.remoteAddress} ${socket.remotePort}`
}
