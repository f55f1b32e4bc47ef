/** `--join TOKEN`, `--join -` and `--join-file FILE`: the one join token that a command was given, if any. */

import type { Readable } from 'node:stream'
import { codeOf, TreecastError } from '../system/errors.ts'
import { readTextFile } from './read-text-file.ts'
import { usageError } from './usage-error.ts'

/** Far more than any token; the rest of a wrong file is not read into memory. */
const MAX_TOKEN_CHARACTERS = 4096

const TOKEN_FILE = { what: 'file of the join token', option: '--join-file', code: 'E_PATH_UNREADABLE' } as const

export interface JoinSources {
  readonly join: string | undefined
  readonly joinFile: string | undefined
  readonly stdin: Readable
}

/**
 * The token, or undefined when none was given.
 * @throws E_USAGE when both options are given or the token is empty, E_PATH_UNREADABLE
 */
export async function readJoinToken({ join, joinFile, stdin }: JoinSources): Promise<string | undefined> {
  if (join !== undefined && joinFile !== undefined)
    throw usageError('--join and --join-file exclude each other. Give one of them')
  if (joinFile !== undefined) return onlyLine(await readTextFile(joinFile, TOKEN_FILE), joinFile)
  if (join === '-') return onlyLine(await firstCharacters(stdin), 'standard input')
  return join
}

async function firstCharacters(stdin: Readable): Promise<string> {
  let text = ''
  try {
    for await (const chunk of stdin) {
      text += String(chunk)
      if (text.length > MAX_TOKEN_CHARACTERS || text.includes('\n')) break
    }
  } catch (cause) {
    const message = `the join token cannot be read from standard input (${codeOf(cause)})`
    throw new TreecastError('E_PATH_UNREADABLE', message, { cause })
  }
  return text
}

function onlyLine(text: string, where: string): string {
  const token = text.slice(0, MAX_TOKEN_CHARACTERS).split('\n', 1)[0]?.trim() ?? ''
  if (token === '') throw usageError(`there is no join token in ${where}`)
  return token
}
