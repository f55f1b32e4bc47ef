/** How much one machine says and hears: frames and their bytes, headers of frames left out. */

import type { WatchedLink } from './watched-network.ts'

export class Traffic {
  sentFrames = 0
  sentBytes = 0
  heardFrames = 0
  heardBytes = 0
  readonly #machine: string

  constructor(machine: string) {
    this.#machine = machine
  }

  /** A machine hands a frame to a link. */
  outgoing(from: string, link: Pick<WatchedLink, 'peer'>, parts: readonly Uint8Array[]): void {
    if (from !== this.#machine && link.peer !== this.#machine) return
    const bytes = parts.reduce((sum, part) => sum + part.length, 0)
    if (from === this.#machine) {
      this.sentFrames++
      this.sentBytes += bytes
    } else {
      this.heardFrames++
      this.heardBytes += bytes
    }
  }
}
