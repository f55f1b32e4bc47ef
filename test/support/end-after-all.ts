/** What is started once for all tests of a file, or of a `describe`, and ended after them. */

import { afterAll } from 'vitest'
import type { EndWith } from './temporary-folder.ts'

/** For hooks: what it is given is called after the last test, the last first. */
export function endAfterAll(): EndWith {
  const ends: (() => void | Promise<void>)[] = []
  afterAll(async () => {
    for (const end of ends.splice(0).reverse()) await end()
  })
  return (end) => void ends.push(end)
}
