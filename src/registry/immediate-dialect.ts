/**
 * Kysely on SQLite, with transactions that take the write lock at their start (BEGIN IMMEDIATE): a transaction that reads, decides and
 * writes can then not be refused half-way because another process wrote in between. Prepared statements are kept.
 *
 * better-sqlite3 is synchronous and Kysely's own waits are promises only, so every query is done within microtasks: no timer, no turn
 * of the event loop. The simulator relies on that.
 */

import { CompiledQuery, type DatabaseConnection, SqliteDialect, type SqliteDialectConfig, SqliteDriver } from 'kysely'
import type { SqliteDatabase } from './sqlite-driver.ts'
import { cached } from './statement-cache.ts'

export class ImmediateSqliteDialect extends SqliteDialect {
  readonly #sqlite: SqliteDatabase

  constructor(sqlite: SqliteDatabase) {
    super({ database: sqlite })
    this.#sqlite = sqlite
  }

  override createDriver(): SqliteDriver {
    const prepare = cached((text) => this.#sqlite.prepare<unknown[]>(text))
    const database = { prepare, close: () => this.#sqlite.close() }
    return new ImmediateSqliteDriver({ database }, () => this.#sqlite.inTransaction)
  }
}

class ImmediateSqliteDriver extends SqliteDriver {
  readonly #inTransaction: () => boolean

  constructor(config: SqliteDialectConfig, inTransaction: () => boolean) {
    super(config)
    this.#inTransaction = inTransaction
  }

  override async beginTransaction(connection: DatabaseConnection): Promise<void> {
    await connection.executeQuery(CompiledQuery.raw('begin immediate'))
  }

  /** A full or broken disk makes SQLite roll back by itself: to do it again would only hide why. */
  override async rollbackTransaction(connection: DatabaseConnection): Promise<void> {
    if (this.#inTransaction()) await super.rollbackTransaction(connection)
  }
}
