/**
 * Where a symbolic link of an entry list leads: inside the top entry that it belongs to, or it is refused. Links on its way are followed
 * as a system would follow them, so that two links that look harmless cannot lead out together. Pure.
 *
 * A part that the list does not have is walked as if it were a folder: a link may lead to nothing, but not out.
 */

import { type Entry, type LinkEntry, TOP } from './entries.ts'
import { refuseName } from './safe-name.ts'

/** As Linux follows. */
const MOST_LINKS = 40
/** Of one target, with those of the links on its way. */
const MOST_PARTS = 512
const MAX_TARGET_BYTES = 1024

export interface EntryTree {
  readonly entries: readonly Entry[]
  /** Index of the entry of that name in a folder. */
  readonly find: (folder: number, name: string) => number | undefined
}

/** A place on the way: an entry of the list, or parts below one that the list does not have. */
interface Place {
  readonly entry: number
  readonly missing: number
}

/** Why the link at `index` is refused; undefined when it stays inside. */
export function refuseLink(tree: EntryTree, index: number): string | undefined {
  const link = tree.entries[index] as LinkEntry
  const walk = new LinkWalk(tree)
  return walk.follow(link)
}

class LinkWalk {
  readonly #tree: EntryTree
  #links = 0
  #parts = 0
  #place: Place = { entry: TOP, missing: 0 }

  constructor(tree: EntryTree) {
    this.#tree = tree
  }

  /** Goes where the link leads; the walk ends there. */
  follow(link: LinkEntry): string | undefined {
    const { target } = link
    if (++this.#links > MOST_LINKS) return `leads through more than ${MOST_LINKS} links`
    if (target === '') return 'is a link to nothing'
    if (Buffer.byteLength(target) > MAX_TARGET_BYTES) return `is a link to more than ${MAX_TARGET_BYTES} bytes`
    if (target.startsWith('/')) return `is a link to the absolute path ${target}`
    this.#place = { entry: link.in, missing: 0 }
    for (const part of target.split('/')) {
      const why = this.#step(part)
      if (why !== undefined) return why
    }
    return undefined
  }

  #step(part: string): string | undefined {
    if (++this.#parts > MOST_PARTS) return `is a link of more than ${MOST_PARTS} parts`
    const { entry, missing } = this.#place
    if (part === '' || part === '.') return undefined
    if (part === '..') return this.#up()
    const unsafe = refuseName(part)
    if (unsafe !== undefined) return `is a link whose target ${unsafe}`
    const next = missing > 0 ? undefined : this.#tree.find(entry, part)
    if (next === undefined) {
      this.#place = { entry, missing: missing + 1 }
      return undefined
    }
    const found = this.#tree.entries[next] as Entry
    if (found.kind === 'link') return this.follow(found)
    this.#place = { entry: next, missing: 0 }
    return undefined
  }

  #up(): string | undefined {
    const { entry, missing } = this.#place
    const above = missing > 0 ? entry : (this.#tree.entries[entry] as Entry).in
    if (above === TOP) return 'is a link that leads out of what is pushed'
    this.#place = { entry: above, missing: Math.max(0, missing - 1) }
    return undefined
  }
}
