/**
 * The tree that really serves a stripe of a transfer has no cycle, and no node serves more at once in it than its fan-out and what it may
 * adopt.
 *
 * An edge is what a terminal does: it stands from a REQUEST until the terminal asks somebody else in that stripe, thanks its upstream,
 * says that it lost it, has everything, or the link or the process ends. While a terminal has no control connection it tells nobody
 * that it lost its upstream; a cycle with such an edge in it counts when it lasts.
 */

import type { Clock } from '../../src/system/clock.ts'
import { LIMITS } from '../../src/wire/limits.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'

const MOST_ADOPTED = Math.max(LIMITS.fallbackChildren, LIMITS.adoptedChildren)
/** A terminal that knows that it is lost lets the link go within this time. */
const LASTING_MS = 3 * LIMITS.idleLinkMs

/** The link that a terminal's requests go over. */
export interface RequestLink {
  readonly peer: string
  readonly open: boolean
}

export interface TreeLawOptions {
  readonly clock: Pick<Clock, 'after'>
  /** Whether nothing was ever done to a terminal: its edges are counted against the fan-out. */
  readonly isSound: (terminal: string) => boolean
  /** Whether a terminal can say now that it lost its upstream. */
  readonly isHeard: (terminal: string) => boolean
  readonly fail: (what: string) => void
}

interface Tree {
  readonly fanOut: number
  /** Who has everything, and so waits for nobody. */
  readonly whole: Set<string>
  /** By stripe: whom each terminal asks, by the terminal's name. */
  readonly stripes: Map<number, Map<string, RequestLink>>
}

interface Place {
  readonly transfer: number
  readonly stripe: number
}

export class TreeLaw {
  readonly #options: TreeLawOptions
  readonly #trees = new Map<number, Tree>()

  constructor(options: TreeLawOptions) {
    this.#options = options
  }

  planned({ transfer, fanOut }: Pick<TransferSnapshot, 'transfer' | 'fanOut'>): void {
    if (transfer !== null) this.#trees.set(transfer, { fanOut, whole: new Set(), stripes: new Map() })
  }

  /** The terminal asks for packets over this link. */
  asked(terminal: string, link: RequestLink, { transfer, stripe }: Place): void {
    const tree = this.#trees.get(transfer)
    if (tree === undefined || tree.whole.has(terminal)) return
    const edges = tree.stripes.get(stripe) ?? new Map<string, RequestLink>()
    tree.stripes.set(stripe, edges)
    if (edges.get(terminal) === link) return
    edges.set(terminal, link)
    this.#checkFanOut(link.peer, { transfer, stripe }, tree)
    this.#checkCycle(terminal, { transfer, stripe }, edges)
  }

  /** The terminal needs nothing more from whom it asked over this link. */
  thanked(terminal: string, link: RequestLink, { transfer, stripe }: Place): void {
    const edges = this.#trees.get(transfer)?.stripes.get(stripe)
    if (edges?.get(terminal) === link) edges.delete(terminal)
  }

  /** The terminal has lost its upstream. */
  lost(terminal: string, { transfer, stripe }: Place): void {
    this.#trees.get(transfer)?.stripes.get(stripe)?.delete(terminal)
  }

  /** The terminal has everything, durably. */
  finished(terminal: string, transfer: number): void {
    this.#trees.get(transfer)?.whole.add(terminal)
    this.gaveUp(terminal, transfer)
  }

  /** The terminal has ended the transfer for now. */
  gaveUp(terminal: string, transfer: number): void {
    for (const edges of this.#trees.get(transfer)?.stripes.values() ?? []) edges.delete(terminal)
  }

  /** The terminal's process is gone. */
  ended(terminal: string): void {
    for (const { stripes } of this.#trees.values()) for (const edges of stripes.values()) edges.delete(terminal)
  }

  #checkFanOut(upstream: string, { transfer, stripe }: Place, { fanOut, stripes }: Tree): void {
    let children = 0
    for (const [child, { peer, open }] of stripes.get(stripe) ?? []) {
      if (peer === upstream && open && this.#options.isSound(child)) children++
    }
    if (children <= fanOut + MOST_ADOPTED) return
    this.#options.fail(`${upstream} serves ${children} terminals of transfer ${transfer}, with a fan-out of ${fanOut}`)
  }

  #checkCycle(terminal: string, { transfer, stripe }: Place, edges: ReadonlyMap<string, RequestLink>): void {
    const { clock, isHeard, fail } = this.#options
    const cycle = cycleThrough(terminal, edges)
    if (cycle === undefined) return
    const path = [...cycle.map(([name]) => name), terminal].join(' ← ')
    const what = `stripe ${stripe} of transfer ${transfer} is served in a cycle: ${path}`
    if (cycle.every(([name]) => isHeard(name))) {
      fail(what)
      return
    }
    clock.after(LASTING_MS, () => {
      if (cycle.every(([name, link]) => link.open && edges.get(name) === link)) fail(`${what}, for ${LASTING_MS} ms`)
    })
  }
}

/** The edges of the way from the terminal up to itself; undefined when there is none. */
function cycleThrough(terminal: string, edges: ReadonlyMap<string, RequestLink>): [string, RequestLink][] | undefined {
  const path: [string, RequestLink][] = []
  for (let at = terminal; path.length <= edges.size; ) {
    const link = edges.get(at)
    if (link === undefined || !link.open) return undefined
    path.push([at, link])
    at = link.peer
    if (at === terminal) return path
  }
  return undefined
}
