/**
 * The tree that really serves a stripe of a transfer has no cycle, and no relay serves more at once in it than its fan-out and what it may
 * adopt.
 *
 * An edge is there from a terminal's ROUTE_ACK until it has everything, says that it lost its upstream, or its process ends.
 */

import { LIMITS } from '../../src/wire/limits.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'

const MOST_ADOPTED = Math.max(LIMITS.fallbackChildren, LIMITS.adoptedChildren)

interface Tree {
  readonly names: ReadonlyMap<number, string>
  readonly fanOut: number
  /** By stripe: the upstream of each terminal, by name. */
  readonly upstreams: readonly Map<string, string>[]
  /** Who has everything, and so waits for nobody. */
  readonly whole: Set<string>
}

export class TreeLaw {
  readonly #isSound: (terminal: string) => boolean
  readonly #fail: (what: string) => void
  readonly #trees = new Map<number, Tree>()

  /** @param isSound whose edges are counted: a terminal that others have given up may not know it yet */
  constructor(isSound: (terminal: string) => boolean, fail: (what: string) => void) {
    this.#isSound = isSound
    this.#fail = fail
  }

  planned({ transfer, terminals, fanOut, stripes }: TransferSnapshot): void {
    if (transfer === null) return
    const names = new Map(terminals.map(({ handle, name }) => [handle, name]))
    const upstreams = Array.from({ length: stripes }, () => new Map<string, string>())
    this.#trees.set(transfer, { names: names.set(0, 'main'), fanOut, upstreams, whole: new Set() })
  }

  routed(terminal: string, route: { transfer: number; stripe: number; upstream: number }): void {
    const { transfer, stripe, upstream } = route
    const tree = this.#trees.get(transfer)
    const name = tree?.names.get(upstream)
    const upstreams = tree?.upstreams[stripe]
    if (tree === undefined || upstreams === undefined || name === undefined || tree.whole.has(terminal)) return
    upstreams.set(terminal, name)
    this.#checkFanOut(transfer, { upstreams, fanOut: tree.fanOut }, name)
    const path = [terminal]
    for (let at: string | undefined = name; at !== undefined; at = upstreams.get(at)) {
      path.push(at)
      if (at !== terminal) continue
      this.#fail(`stripe ${stripe} of transfer ${transfer} is served in a cycle: ${path.join(' ← ')}`)
      return
    }
  }

  /** The terminal has lost its upstream in a stripe, or in all. */
  lost(terminal: string, transfer: number, stripe?: number): void {
    const upstreams = this.#trees.get(transfer)?.upstreams ?? []
    for (const [number, stripeOf] of upstreams.entries()) {
      if (stripe === undefined || stripe === number) stripeOf.delete(terminal)
    }
  }

  /** The terminal has everything, durably. */
  finished(terminal: string, transfer: number): void {
    this.#trees.get(transfer)?.whole.add(terminal)
    this.lost(terminal, transfer)
  }

  /** The terminal's process is gone. */
  ended(terminal: string): void {
    for (const transfer of this.#trees.keys()) this.lost(terminal, transfer)
  }

  #checkFanOut(
    transfer: number,
    { upstreams, fanOut }: { upstreams: ReadonlyMap<string, string>; fanOut: number },
    upstream: string,
  ): void {
    const children = [...upstreams].filter(([child, parent]) => parent === upstream && this.#isSound(child))
    if (children.length <= fanOut + MOST_ADOPTED) return
    this.#fail(`${upstream} serves ${children.length} terminals of transfer ${transfer}, with a fan-out of ${fanOut}`)
  }
}
