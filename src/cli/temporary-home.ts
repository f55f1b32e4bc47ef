/** A home for one command: made for it, and gone with it. */

import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type HomeFolders, resolveHome } from './home.ts'

/** Runs `work` in a new home of mode 0700 and removes it, whatever becomes of the work. */
export async function inTemporaryHome<T>(work: (folders: HomeFolders) => Promise<T>): Promise<T> {
  const option = await mkdtemp(join(tmpdir(), 'treecast-'))
  try {
    return await work(resolveHome({ option, environment: {}, userId: undefined, userFolder: option }))
  } finally {
    await rm(option, { recursive: true, force: true })
  }
}
