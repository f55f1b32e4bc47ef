/** Folders that live as long as one test. */

import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'

/**
 * Who ends what a test has started: called once with the work of ending it. `onTestFinished` is the default everywhere, and right
 * inside a test; a hook passes its own, `(end) => ends.push(end)`, and calls what it collected in `afterAll`.
 */
export type EndWith = (end: () => void | Promise<void>) => void

/** A new empty folder of mode 0700; removed with all in it at the end of the test. */
export function temporaryFolder({ endWith = onTestFinished }: { endWith?: EndWith } = {}): string {
  const path = mkdtempSync(join(tmpdir(), 'treecast-test-'))
  endWith(() => rmSync(path, { recursive: true, force: true }))
  return path
}
