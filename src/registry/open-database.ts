/**
 * Opens a database file of treecast: the main server's network database, and a terminal's own state.
 *
 * Guarantees of an open database: the file is its owner's alone; a commit survives a power cut (WAL, synchronous=FULL, checked);
 * foreign keys hold; the layout is the one this program knows. Several processes may have it open (`serve` and `serve token`).
 */

import { dirname } from 'node:path'
import { Kysely } from 'kysely'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import { fullHome } from '../system/full-disk.ts'
import { applySettings } from './connection-settings.ts'
import { requirePrivateDatabaseFile } from './database-file.ts'
import { ImmediateSqliteDialect } from './immediate-dialect.ts'
import { migrate } from './migrate.ts'
import { openSqlite, type SqliteDatabase } from './sqlite-driver.ts'

/** A database that is gone with the process: for the simulator and for tests. */
export const IN_MEMORY = ':memory:'

export interface OpenedDatabase<Schema> {
  readonly db: Kysely<Schema>
  /**
   * Runs `work` in one transaction that holds the write lock from its start; rolled back when `work` throws. Inside, use only what it
   * is given: a query on `db` would wait for the end of the transaction, and the transaction for it.
   * @throws E_NO_SPACE when the disk is full
   */
  transaction<T>(work: (db: Kysely<Schema>) => Promise<T>): Promise<T>
  /** Harmless when repeated. */
  close(): Promise<void>
}

/**
 * @param place the file (in a folder that is there) or IN_MEMORY, and the scripts that make its layout: see migrate.ts
 * @throws E_TEMPORARY_FOLDER, E_WIDE_MODE, E_HOME_KIND, E_HOME_FULL, E_DATABASE_DAMAGED, E_DATABASE_NEWER, E_DATABASE_SETTINGS, E_SQLITE_VERSION
 */
export async function openDatabase<Schema>(place: {
  readonly path: string
  readonly migrations: readonly string[]
}): Promise<OpenedDatabase<Schema>> {
  if (place.path !== IN_MEMORY) await requirePrivateDatabaseFile(place.path)
  const sqlite = openSqlite(place.path)
  try {
    applySettings(sqlite)
    migrate(sqlite, place.migrations)
  } catch (error) {
    sqlite.close()
    throw damageOf(sqlite, error) ?? fullHome(dirname(place.path), error) ?? error
  }
  const db = new Kysely<Schema>({ dialect: new ImmediateSqliteDialect(sqlite) })
  return {
    db,
    transaction: (work) =>
      inTransaction(db, work).catch((error: unknown) => {
        throw fullDiskOf(sqlite, error) ?? error
      }),
    async close() {
      await db.destroy()
      // destroy() leaves a database open that was never asked anything.
      sqlite.close()
    },
  }
}

/** Runs `work` in the transaction that `db` is, or else in a new one: for operations that callers may combine. */
export function inTransaction<Schema, T>(db: Kysely<Schema>, work: (db: Kysely<Schema>) => Promise<T>): Promise<T> {
  return db.isTransaction ? work(db) : db.transaction().execute(work)
}

function fullDiskOf(sqlite: SqliteDatabase, error: unknown): TreecastError | undefined {
  if (codeOf(error) !== 'SQLITE_FULL') return undefined
  const message = `the disk of ${sqlite.name} is full: free space there`
  return new TreecastError('E_NO_SPACE', message, { facts: { path: sqlite.name }, cause: error })
}

function damageOf(sqlite: SqliteDatabase, error: unknown): TreecastError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return undefined
  const message = `${sqlite.name} is damaged (${messageOf(error)}). Restore it from a backup.`
  return new TreecastError('E_DATABASE_DAMAGED', message, { facts: { path: sqlite.name }, cause: error })
}
