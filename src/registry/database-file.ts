/**
 * The file of a database, before SQLite opens it: one that only its owner may read, because content keys stand in it. SQLite gives
 * the files it makes beside it (-wal, -shm) the same mode.
 *
 * SQLite works on the machine's own files whatever Files port the rest of the program was given, so this does too.
 */

import { dirname } from 'node:path'
import { assertPrivate } from '../identity/private-folder.ts'
import { codeOf } from '../system/errors.ts'
import { fullHome } from '../system/full-disk.ts'
import { systemFiles } from '../system/real-files.ts'

/**
 * Makes the file, empty and 0600, when it is missing; its folder must be there.
 * @throws E_WIDE_MODE when others may read it, E_HOME_KIND when it is no file, E_HOME_FULL
 */
export async function requirePrivateDatabaseFile(path: string): Promise<void> {
  try {
    const file = await systemFiles.open(path, 'create')
    await file.close()
    await systemFiles.syncFolder(dirname(path))
  } catch (error) {
    if (codeOf(error) !== 'EEXIST') throw fullHome(dirname(path), error) ?? error
    // Only looked at, never opened: closing a file drops every lock that this process holds on it, SQLite's too.
    assertPrivate(path, await systemFiles.stat(path), 'file')
  }
}
