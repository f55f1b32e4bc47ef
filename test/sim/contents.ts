/** What was really pushed: the truth that everything on a disk is compared with. */

import { Draws, seedOf } from './draws.ts'
import type { PushPlan } from './scenario.ts'

export interface PushedContent {
  readonly push: PushPlan
  readonly bytes: Uint8Array
}

export class Contents {
  readonly #byTransfer = new Map<number, PushedContent>()

  /** The main server has given the push this number. */
  record(transfer: number, content: PushedContent): void {
    this.#byTransfer.set(transfer, content)
  }

  find(transfer: number): PushedContent | undefined {
    return this.#byTransfer.get(transfer)
  }

  transfers(): number[] {
    return [...this.#byTransfer.keys()]
  }

  /** The transfer, no older than `oldest`, of exactly these bytes at that destination. */
  at(destination: string, bytes: Uint8Array, oldest: number): number | undefined {
    const newestFirst = this.transfers().sort((a, b) => b - a)
    return newestFirst.find((transfer) => {
      const content = this.#byTransfer.get(transfer) as PushedContent
      const isCandidate = transfer >= oldest && content.push.destination === destination
      return isCandidate && Buffer.compare(content.bytes, bytes) === 0
    })
  }
}

/** A push's bytes: some shrink when they are compressed, some do not. */
export function contentOf(seed: number, push: PushPlan): PushedContent {
  const draws = new Draws(seedOf(seed, `content of ${push.name}`))
  const bytes = draws.bytes(push.bytes)
  if (draws.happens(0.5)) bytes.fill(0x20, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2))
  return { push, bytes }
}
