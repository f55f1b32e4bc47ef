/** A full disk as an error that says whose disk it is and what to do, whether the operating system or SQLite met it. */

import { codeOf, TreecastError } from './errors.ts'

/** No space, no quota left, and what SQLite makes of either. */
const FULL: readonly string[] = ['ENOSPC', 'EDQUOT', 'SQLITE_FULL', 'SQLITE_IOERR_SHMSIZE']

/** The error of a node that cannot keep its own files at `path`; undefined when `cause` is another failure. */
export function fullHome(path: string, cause: unknown): TreecastError | undefined {
  if (!FULL.includes(codeOf(cause))) return undefined
  const message = `the disk of ${path} is full: free space there, or choose another home folder with --home`
  return new TreecastError('E_HOME_FULL', message, { facts: { path }, cause })
}
