/** Small files that an option names, with a sentence that says what to do when there is none. */

import { open } from 'node:fs/promises'
import { codeOf, type ErrorCode, TreecastError } from '../system/errors.ts'

/** Far more than a settings file or a join token needs; the rest of a wrong file, or of a device without an end, is not read. */
const MOST_BYTES = 1024 ** 2

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
    const text = await readStart(path)
    if (text.length <= MOST_BYTES) return text.toString('utf8')
  } catch (cause) {
    const why = WHY[codeOf(cause)] ?? `cannot be read (${codeOf(cause)})`
    throw new TreecastError(code, `the ${what} ${path} ${why}: check ${option}`, { facts: { path }, cause })
  }
  throw new TreecastError(code, `the ${what} ${path} is larger than 1 MiB: check ${option}`, { facts: { path } })
}

/** All of a file, a pipe or a device, but at most one byte more than is allowed. */
async function readStart(path: string): Promise<Buffer> {
  const file = await open(path)
  try {
    const pieces: Buffer[] = []
    for (let bytes = 0; bytes <= MOST_BYTES; ) {
      const piece = Buffer.alloc(Math.min(64 * 1024, MOST_BYTES + 1 - bytes))
      const { bytesRead } = await file.read(piece, 0, piece.length, null)
      if (bytesRead === 0) break
      pieces.push(piece.subarray(0, bytesRead))
      bytes += bytesRead
    }
    return Buffer.concat(pieces)
  } finally {
    await file.close()
  }
}
