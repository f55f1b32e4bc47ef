/**
 * Brings a database to the newest layout: migration number n (from 1) turns layout n-1 into layout n, and `user_version` says which one
 * the file has. Each runs in a transaction of its own with that number, so a crash leaves a whole layout, never half of one.
 *
 * A migration that has been released is never changed again; what comes later is a new one at the end.
 */

import { TreecastError } from '../system/errors.ts'
import type { SqliteDatabase } from './sqlite-driver.ts'

/**
 * @param migrations SQL scripts, in order
 * @throws E_DATABASE_NEWER when the file has been written by a later version of the program
 */
export function migrate(sqlite: SqliteDatabase, migrations: readonly string[]): void {
  for (;;) {
    // Read and raised in one write transaction: of two processes that open a new database, one waits here and finds it done.
    const finished = sqlite.transaction(() => migrateOnce(sqlite, migrations)).immediate()
    if (finished) return
  }
}

/** @returns whether there was nothing to do */
function migrateOnce(sqlite: SqliteDatabase, migrations: readonly string[]): boolean {
  const layout = sqlite.pragma('user_version', { simple: true }) as number
  if (layout > migrations.length) throw newer(sqlite.name, layout, migrations.length)
  const script = migrations[layout]
  if (script === undefined) return true
  sqlite.exec(script)
  sqlite.pragma(`user_version = ${layout + 1}`)
  return false
}

function newer(path: string, found: number, known: number): TreecastError {
  const message =
    `${path} has layout ${found}, and this version of treecast knows layouts up to ${known}: ` +
    'a newer version has written it. Run that version, or restore the backup from before the upgrade.'
  return new TreecastError('E_DATABASE_NEWER', message, { facts: { path, found, known } })
}
