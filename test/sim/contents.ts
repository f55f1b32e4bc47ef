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

/** A push's bytes: some shrink when they are compressed, some do not; some are what one of `pushes` was, with a few changes. */
export function contentOf(seed: number, push: PushPlan, pushes: readonly PushPlan[] = []): PushedContent {
  const draws = new Draws(seedOf(seed, `content of ${push.name}`))
  const edited = pushes.find(({ name }) => name === push.edits)
  if (edited !== undefined) return { push, bytes: edit(draws, contentOf(seed, edited, pushes).bytes, push.bytes) }
  const bytes = draws.bytes(push.bytes)
  if (draws.happens(0.5)) bytes.fill(0x20, Math.floor(bytes.length / 3), Math.floor(bytes.length / 2))
  return { push, bytes }
}

/** Something in the middle is replaced by something shorter or longer; the end is cut off or grows. */
function edit(draws: Draws, bytes: Uint8Array, length: number): Uint8Array {
  const at = draws.whole(0, bytes.length)
  const replaced = draws.oneOf([0, 1, draws.whole(0, 5_000)])
  const middle = draws.bytes(draws.oneOf([0, 1, draws.whole(0, 5_000)]))
  const parts = [bytes.subarray(0, at), middle, bytes.subarray(at + replaced), draws.bytes(length)]
  return new Uint8Array(Buffer.concat(parts, length))
}
