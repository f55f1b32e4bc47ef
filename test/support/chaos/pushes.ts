/** Pushes of made-up content, and what must be in the inboxes because of them. */

import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import type { Random } from '../../../src/system/random.ts'
import { makeFile } from '../test-content.ts'
import type { Flock } from './flock.ts'
import { pick } from './pick.ts'

const SIZES = [0, 1, 1000, 16_384, 100_000, 100_000, 1_500_000, 1_500_000, 5_000_000, 20_000_000]
/** Places that several pushes go to. */
const SHARED = ['config', 'data/one', 'data/two']
/** Far longer than the minute that a push waits for a main server. */
const PUSH_DEADLINE_MS = 300_000

export interface Pushed {
  readonly destination: string
  readonly digest: string
  /** Null when the push ended before it heard. */
  readonly transfer: number | null
  readonly code: number | null
}

export class Pushes {
  readonly all: Pushed[] = []
  /** Those that did not end. */
  readonly stuck: string[] = []
  readonly #digests = new Map<string, Set<string>>()
  readonly #means: { readonly flock: Flock; readonly random: Random; readonly folder: string }
  #made = 0

  constructor(means: { flock: Flock; random: Random; folder: string }) {
    this.#means = means
  }

  /** Whether this was ever pushed to that place. */
  knows(destination: string, digest: string): boolean {
    return this.#digests.get(destination)?.has(digest) ?? false
  }

  /** Pushes new content to all terminals, and waits for its end. */
  async push(bytes = pick(this.#means.random, SIZES)): Promise<Pushed> {
    const { flock, random, folder } = this.#means
    const seed = ++this.#made
    const destination = pick(random, [...SHARED, `file${seed}`])
    const path = join(folder, `content${seed}`)
    const digest = await makeFile(path, bytes, { seed, compressible: seed % 2 === 0 })
    this.#digests.set(destination, (this.#digests.get(destination) ?? new Set()).add(digest))
    const args = ['push', path, '--dest', destination, '--json']
    const ended = flock.operate(args, PUSH_DEADLINE_MS)
    const { code, stdout } = await ended.catch((error: Error) => {
      this.stuck.push(error.message)
      return { code: null, stdout: error.message }
    })
    const planned = /^(?:stdout: )?(\{"type":"planned".*\})$/m.exec(stdout)?.[1]
    const transfer = planned === undefined ? null : (JSON.parse(planned).transfer as number)
    const pushed = { destination, digest, transfer, code }
    this.all.push(pushed)
    await rm(path)
    return pushed
  }
}
