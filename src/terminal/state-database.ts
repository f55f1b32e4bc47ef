/**
 * The database of a terminal's state: SQL prepared once, and steps that are kept whole or not at all.
 *
 * Statements are written out here, and not built by Kysely as the main server's are: a delivery of a few kilobytes takes some twenty of
 * them, and building them took a quarter of the time in which a machine full of terminals got one.
 */

import { type DatabasePlace, databaseError, openDatabaseFile } from '../registry/open-database-file.ts'
import type { SqliteDatabase } from '../registry/sqlite-driver.ts'

export interface StateDatabase extends Pick<SqliteDatabase, 'prepare'> {
  /**
   * Runs `work`, which must not wait for anything, in one transaction that holds the write lock; rolled back when `work` throws.
   * Resolves once it is committed.
   * @throws E_NO_SPACE when the disk is full
   */
  transaction<T>(work: () => T): Promise<T>
  /** Harmless when repeated. */
  close(): Promise<void>
}

/** @throws what openDatabaseFile throws */
export async function openStateDatabase(place: DatabasePlace): Promise<StateDatabase> {
  const sqlite = await openDatabaseFile(place)
  // Made once: each such function has its own copy of better-sqlite3's.
  const run = sqlite.transaction((work: () => unknown) => work())
  return {
    prepare: sqlite.prepare.bind(sqlite) as SqliteDatabase['prepare'],
    async transaction<T>(work: () => T) {
      try {
        return run.immediate(work) as T
      } catch (error) {
        throw databaseError(sqlite, error)
      }
    },
    async close() {
      sqlite.close()
    },
  }
}
