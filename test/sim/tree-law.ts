/**
 * The tree that really serves a transfer has no cycle, and no relay serves more at once than its fan-out and what it may adopt.
 *
 * An edge is there from a terminal's ROUTE_ACK until it has everything, says that it lost its upstream, or its process ends.
 */

import { LIMITS } from '../../src/wire/limits.ts'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'

const MOST_ADOPTED = Math.max(LIMITS.fallbackChildren, LIMITS.adoptedChildren)

interface Tree {
  readonly names: ReadonlyMap<number, string>
  readonly fanOut: number
  /** The upstream of each terminal, by name. */
  readonly upstreams: Map<string, string>
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

  planned({ transfer, terminals, fanOut }: TransferSnapshot): void {
    if (transfer === null) return
    const names = new Map(terminals.map(({ handle, name }) => [handle, name]))
    this.#trees.set(transfer, { names: names.set(0, 'main'), fanOut, upstreams: new Map(), whole: new Set() })
  }

  routed(terminal: string, { transfer, upstream }: { transfer: number; upstream: number }): void {
    const tree = this.#trees.get(transfer)
    const name = tree?.names.get(upstream)
    if (tree === undefined || name === undefined || tree.whole.has(terminal)) return
    tree.upstreams.set(terminal, name)
    this.#checkFanOut(transfer, tree, name)
    const path = [terminal]
    for (let at: string | undefined = name; at !== undefined; at = tree.upstreams.get(at)) {
      path.push(at)
      if (at !== terminal) continue
      this.#fail(`transfer ${transfer} is served in a cycle: ${path.join(' ← ')}`)
      return
    }
  }

  /** The terminal has lost its upstream. */
  lost(terminal: string, transfer: number): void {
    this.#trees.get(transfer)?.upstreams.delete(terminal)
  }

  /** The terminal has everything, durably. */
  finished(terminal: string, transfer: number): void {
    this.#trees.get(transfer)?.whole.add(terminal)
    this.lost(terminal, transfer)
  }

  /** The terminal's process is gone. */
  ended(terminal: string): void {
    for (const { upstreams } of this.#trees.values()) upstreams.delete(terminal)
  }

  #checkFanOut(transfer: number, { upstreams, fanOut }: Tree, upstream: string): void {
    const children = [...upstreams].filter(([child, parent]) => parent === upstream && this.#isSound(child))
    if (children.length <= fanOut + MOST_ADOPTED) return
    this.#fail(`${upstream} serves ${children.length} terminals of transfer ${transfer}, with a fan-out of ${fanOut}`)
  }
}
