/**
 * `push --exclusive NAME`: of all runs with the same name on this machine and home, one at a time. The operating system gives the lock
 * back when the run ends, however it ends.
 */

import { join } from 'node:path'
import { requirePrivateFolder } from '../identity/private-folder.ts'
import { codeOf, TreecastError } from '../system/errors.ts'
import type { Files } from '../system/files.ts'
import { usageError } from './usage-error.ts'

const NAME = /^[A-Za-z0-9][A-Za-z0-9._-]{0,63}$/

export interface ExclusiveRun {
  readonly name: string
  /** HOME/operator. */
  readonly folder: string
  readonly files: Files
}

/** @throws E_USAGE */
export function readExclusive(name: string | undefined): string | undefined {
  if (name === undefined || NAME.test(name)) return name
  throw usageError(`--exclusive is '${name}', but must be a name of up to 64 letters, digits and . - _`)
}

/**
 * `run` while no other run of that name is under way.
 * @throws E_EXCLUSIVE_RUNNING when one is
 */
export async function runExclusively<T>({ name, folder, files }: ExclusiveRun, run: () => Promise<T>): Promise<T> {
  const place = join(folder, 'exclusive', name)
  for (const path of [folder, join(folder, 'exclusive'), place]) await requirePrivateFolder(files, path)
  // Loaded here: no other push needs SQLite.
  const { lockFolder } = await import('../registry/folder-lock.ts')
  const lock = await lockFolder(place, 'push').catch((cause: unknown) => {
    if (codeOf(cause) !== 'E_HOME_IN_USE') throw cause
    const message = `another run with --exclusive ${name} is under way on this machine: nothing was pushed`
    throw new TreecastError('E_EXCLUSIVE_RUNNING', message, { cause })
  })
  try {
    return await run()
  } finally {
    lock.release()
  }
}
