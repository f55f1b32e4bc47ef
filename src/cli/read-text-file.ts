/** Small files that an option names, with a sentence that says what to do when there is none. */

import { readFile } from 'node:fs/promises'
import { codeOf, type ErrorCode, TreecastError } from '../system/errors.ts'

/** What is most often wrong. */
const WHY: Readonly<Record<string, string>> = {
  ENOENT: 'does not exist',
  EACCES: 'may not be read by this user',
  EISDIR: 'is a folder',
  ENOTDIR: 'does not exist: a part of its path is no folder',
}

/**
 * The text of the file at `path`.
 * @param about what the file is and which option names it, for the message
 * @throws `code`
 */
export async function readTextFile(
  path: string,
  { what, option, code }: { what: string; option: string; code: ErrorCode },
): Promise<string> {
  try {
    return await readFile(path, 'utf8')
  } catch (cause) {
    const why = WHY[codeOf(cause)] ?? `cannot be read (${codeOf(cause)})`
    throw new TreecastError(code, `the ${what} ${path} ${why}: check ${option}`, { facts: { path }, cause })
  }
}
