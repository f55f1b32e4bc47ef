/**
 * Opens a database file of treecast: the main server's network database, and a terminal's own state.
 *
 * Guarantees of an open file: it is its owner's alone; a commit survives a power cut (WAL, synchronous=FULL, checked); foreign keys hold;
 * the layout is the one this program knows. Several processes may have it open (`serve` and `serve token`).
 */

import { dirname } from 'node:path'
import { codeOf, messageOf, TreecastError } from '../system/errors.ts'
import { fullHome } from '../system/full-disk.ts'
import { applySettings } from './connection-settings.ts'
import { requirePrivateDatabaseFile } from './database-file.ts'
import { migrate } from './migrate.ts'
import { openSqlite, type SqliteDatabase } from './sqlite-driver.ts'

/** A database that is gone with the process: for the simulator and for tests. */
export const IN_MEMORY = ':memory:'

/** The file (in a folder that is there) or IN_MEMORY, and the scripts that make its layout: see migrate.ts. */
export interface DatabasePlace {
  readonly path: string
  readonly migrations: readonly string[]
}

/** @throws E_TEMPORARY_FOLDER, E_WIDE_MODE, E_HOME_KIND, E_HOME_FULL, E_DATABASE_DAMAGED, E_DATABASE_NEWER, E_DATABASE_SETTINGS, E_SQLITE_VERSION */
export async function openDatabaseFile({ path, migrations }: DatabasePlace): Promise<SqliteDatabase> {
  if (path !== IN_MEMORY) await requirePrivateDatabaseFile(path)
  const sqlite = openSqlite(path)
  try {
    applySettings(sqlite)
    migrate(sqlite, migrations)
    return sqlite
  } catch (error) {
    sqlite.close()
    throw damageOf(sqlite, error) ?? fullHome(dirname(path), error) ?? error
  }
}

/** What to throw for what a statement threw. @returns E_NO_SPACE when the disk is full, `error` itself else */
export function databaseError(sqlite: SqliteDatabase, error: unknown): unknown {
  if (codeOf(error) !== 'SQLITE_FULL') return error
  const message = `the disk of ${sqlite.name} is full: free space there`
  return new TreecastError('E_NO_SPACE', message, { facts: { path: sqlite.name }, cause: error })
}

function damageOf(sqlite: SqliteDatabase, error: unknown): TreecastError | undefined {
  const code = error instanceof Error && 'code' in error ? String(error.code) : ''
  if (!/^SQLITE_(NOTADB|CORRUPT)/.test(code)) return undefined
  const message = `${sqlite.name} is damaged (${messageOf(error)}). Restore it from a backup.`
  return new TreecastError('E_DATABASE_DAMAGED', message, { facts: { path: sqlite.name }, cause: error })
}
