/**
 * One process at a time in a folder. The lock is SQLite's own on a file that holds nothing: the operating system takes it from a process
 * that ends, however it ends, so none is ever left behind.
 */

import { join } from 'node:path'
import { codeOf, TreecastError } from '../system/errors.ts'
import { requirePrivateDatabaseFile } from './database-file.ts'
import { openSqlite } from './sqlite-driver.ts'

export interface FolderLock {
  release(): void
}

/**
 * Locks `folder`, which must be there.
 * @param holder the command that needs it alone, for the message
 * @throws E_HOME_IN_USE when another process has it, E_WIDE_MODE
 */
export async function lockFolder(folder: string, holder: string): Promise<FolderLock> {
  const path = join(folder, 'lock')
  await requirePrivateDatabaseFile(path)
  const lock = openSqlite(path, { timeout: 0 })
  try {
    // No journal beside it: nothing is ever written.
    lock.pragma('journal_mode = MEMORY')
    lock.exec('BEGIN EXCLUSIVE')
  } catch (cause) {
    lock.close()
    if (!codeOf(cause).startsWith('SQLITE_BUSY')) throw cause
    const message = `another \`treecast ${holder}\` runs in ${folder}: stop it first, or give this one a --home of its own`
    throw new TreecastError('E_HOME_IN_USE', message, { facts: { folder }, cause })
  }
  return { release: () => void lock.close() }
}
