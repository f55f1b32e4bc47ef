/** The main server's database by Kysely: queries are built, and checked against the schema by the compiler. */

import { Kysely } from 'kysely'
import { ImmediateSqliteDialect } from './immediate-dialect.ts'
import { type DatabasePlace, databaseError, openDatabaseFile } from './open-database-file.ts'

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

/** @throws what openDatabaseFile throws */
export async function openDatabase<Schema>(place: DatabasePlace): Promise<OpenedDatabase<Schema>> {
  const sqlite = await openDatabaseFile(place)
  const db = new Kysely<Schema>({ dialect: new ImmediateSqliteDialect(sqlite) })
  return {
    db,
    transaction: (work) =>
      inTransaction(db, work).catch((error: unknown) => {
        throw databaseError(sqlite, error)
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
