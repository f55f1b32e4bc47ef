/**
 * SQLite itself: better-sqlite3's entry for this platform. The plain entry looks for its native part in files beside it at run time,
 * where a single executable has none; a platform entry names it, so that the bundler takes it in.
 *
 * Every test below must stay an `if` on `process.platform`, `process.arch` and `process.env.TREECAST_LIBC` alone: `bun build --compile`
 * puts in the values of its target and drops the branches of all others, and with them their native parts. No such value exists
 * for the C library. A build says `define: { 'process.env.TREECAST_LIBC': '"glibc"' }` (or "musl"); without it a Linux executable
 * carries both, and the variable chooses at run time, as it does when the source is run on a musl system.
 */

import { tmpdir } from 'node:os'
import type BetterSqlite3 from 'better-sqlite3'
import { codeOf, TreecastError } from '../system/errors.ts'

export type SqliteDatabase = BetterSqlite3.Database

async function loadDriver(): Promise<{ default: unknown }> {
  if (process.platform === 'linux' && process.env.TREECAST_LIBC === 'musl') {
    if (process.arch === 'x64') return import('better-sqlite3/linuxmusl-x64')
    if (process.arch === 'arm64') return import('better-sqlite3/linuxmusl-arm64')
  }
  if (process.platform === 'linux' && process.env.TREECAST_LIBC !== 'musl') {
    if (process.arch === 'x64') return import('better-sqlite3/linux-x64')
    if (process.arch === 'arm64') return import('better-sqlite3/linux-arm64')
  }
  if (process.platform === 'darwin') {
    if (process.arch === 'x64') return import('better-sqlite3/darwin-x64')
    if (process.arch === 'arm64') return import('better-sqlite3/darwin-arm64')
  }
  if (process.platform === 'win32') {
    if (process.arch === 'x64') return import('better-sqlite3/win32-x64')
    if (process.arch === 'arm64') return import('better-sqlite3/win32-arm64')
  }
  const message = `there is no SQLite for ${process.platform} on ${process.arch}: treecast runs on Linux, macOS and Windows, x64 and arm64`
  throw new TreecastError('E_PLATFORM', message)
}

/** Loaded with the module and not at the first use: opening a database in memory takes no turn of the event loop. */
const Database = (await loadDriver()).default as typeof BetterSqlite3

/**
 * Opens a database file. The first one loads the native part, which a single executable unpacks into the temporary folder for that.
 * @throws E_TEMPORARY_FOLDER when it cannot be loaded from there; SQLite's own errors
 */
export function openSqlite(path: string, options?: BetterSqlite3.Options): SqliteDatabase {
  try {
    return new Database(path, options)
  } catch (cause) {
    if (codeOf(cause) !== 'ERR_DLOPEN_FAILED') throw cause
    const message = `a part of treecast cannot be loaded from the temporary folder ${tmpdir()}, which must be there, with 4 MiB of room, and not be mounted noexec: name another with TMPDIR`
    throw new TreecastError('E_TEMPORARY_FOLDER', message, { cause })
  }
}
