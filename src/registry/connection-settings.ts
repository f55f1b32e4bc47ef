/**
 * The settings that every connection must have, set and read back: SQLite ignores a setting it does not know, and better-sqlite3
 * starts each connection to a WAL database with synchronous=NORMAL, which may lose the last commits in a power cut.
 */

import { TreecastError } from '../system/errors.ts'
import type { SqliteDatabase } from './sqlite-driver.ts'

/** How long a statement waits for another process's write. */
const BUSY_TIMEOUT_MS = 5000

/** The first version with the fix of a rare corruption of WAL databases that several connections checkpoint. */
const OLDEST_SQLITE = '3.51.3'

/** In the order in which they are set. */
const SETTINGS = [
  { name: 'busy_timeout', set: BUSY_TIMEOUT_MS, readBack: BUSY_TIMEOUT_MS },
  { name: 'synchronous', set: 'FULL', readBack: 2 },
  { name: 'foreign_keys', set: 'ON', readBack: 1 },
] as const

/**
 * @param sqlite a connection that was just opened
 * @throws E_SQLITE_VERSION, E_DATABASE_SETTINGS
 */
export function applySettings(sqlite: SqliteDatabase): void {
  const version = sqlite.prepare('SELECT sqlite_version()').pluck().get() as string
  assertSqliteVersion(version)
  requireWal(sqlite)
  for (const { name, set, readBack } of SETTINGS) {
    sqlite.pragma(`${name} = ${set}`)
    requireSetting(sqlite, name, readBack)
  }
}

/** @throws E_SQLITE_VERSION when `version` is older than treecast can trust */
export function assertSqliteVersion(version: string): void {
  if (asNumber(version) >= asNumber(OLDEST_SQLITE)) return
  const message = `SQLite ${version} may damage databases; treecast needs ${OLDEST_SQLITE} or newer. Install its own better-sqlite3.`
  throw new TreecastError('E_SQLITE_VERSION', message, { facts: { version } })
}

function asNumber(version: string): number {
  const [major = 0, minor = 0, patch = 0] = version.split('.').map(Number)
  return major * 1_000_000 + minor * 1_000 + patch
}

/**
 * While another process turns a new database to WAL, SQLite answers "busy" at once, without its timeout. A write transaction does
 * wait, so it stands in line behind that process; after it, the database is in WAL mode already.
 */
function requireWal(sqlite: SqliteDatabase): void {
  try {
    sqlite.pragma('journal_mode = WAL')
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && String(error.code).startsWith('SQLITE_BUSY'))) throw error
    sqlite.exec('BEGIN IMMEDIATE; COMMIT')
    sqlite.pragma('journal_mode = WAL')
  }
  requireSetting(sqlite, 'journal_mode', sqlite.memory ? 'memory' : 'wal')
}

function requireSetting(sqlite: SqliteDatabase, name: string, wanted: string | number): void {
  const found = sqlite.pragma(name, { simple: true }) as string | number
  if (found === wanted) return
  const message = `${sqlite.name} has ${name}=${found} where ${wanted} is needed: its file system may not be fit for a database`
  throw new TreecastError('E_DATABASE_SETTINGS', message, { facts: { path: sqlite.name, setting: name, found } })
}
