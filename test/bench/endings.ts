/** What a scenario has started and must not leave behind. */

import type { EndWith } from '../support/temporary-folder.ts'

export class Endings {
  readonly #ends: (() => void | Promise<void>)[] = []

  readonly endWith: EndWith = (end) => {
    this.#ends.push(end)
  }

  /** Ends everything, the last first, and each also when one before it failed. @throws the first failure */
  async endAll(): Promise<void> {
    const failures: unknown[] = []
    for (let end = this.#ends.pop(); end !== undefined; end = this.#ends.pop()) {
      try {
        await end()
      } catch (error) {
        failures.push(error)
      }
    }
    if (failures.length > 0) throw failures[0]
  }
}
