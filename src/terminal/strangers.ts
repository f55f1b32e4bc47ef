/**
 * Bounds what links cost whose peer has not shown that it may use them: how many of them one listener holds, and for how long. A link is a
 * stranger's from its acceptance until it is admitted or gone.
 *
 * When there are too many, the one that has waited longest gives way: whoever is what it should be says so at once, and only those who
 * hold links open for nothing wait.
 */

import type { Link } from '../link/link.ts'
import type { Clock, Timer } from '../system/clock.ts'
import { TreecastError } from '../system/errors.ts'

export interface StrangersOptions {
  readonly clock: Clock
  readonly most: number
  /** From the acceptance of a link. */
  readonly deadlineMs: number
  /** A link is closed with this error. */
  readonly turnedAway: (link: Link, error: TreecastError) => void
}

export class Strangers {
  readonly #options: StrangersOptions
  /** In the order of their acceptance, each with its deadline. */
  readonly #links = new Map<Link, Timer>()

  constructor(options: StrangersOptions) {
    this.#options = options
  }

  get size(): number {
    return this.#links.size
  }

  accepted(link: Link): void {
    const { clock, deadlineMs, most } = this.#options
    const [oldest] = this.#links.keys()
    if (oldest !== undefined && this.#links.size >= most) {
      this.#turnAway(
        oldest,
        'E_STRANGERS',
        `more than ${most} links were open on which no peer had shown that it may speak`,
      )
    }
    const late = () => this.#turnAway(link, 'E_DEADLINE', `no peer showed within ${deadlineMs} ms that it may speak`)
    this.#links.set(link, clock.after(deadlineMs, late, { background: true }))
  }

  /** The link's peer has shown that it may use it, or the link is gone. */
  forget(link: Link): void {
    this.#links.get(link)?.cancel()
    this.#links.delete(link)
  }

  #turnAway(link: Link, code: 'E_STRANGERS' | 'E_DEADLINE', message: string): void {
    const error = new TreecastError(code, message)
    this.forget(link)
    // At once: a peer that reads nothing could hold an orderly end up.
    link.close(error)
    this.#options.turnedAway(link, error)
  }
}
