/** Wrong usage as an error of ours, with what yargs says put in one readable line. */

import { TreecastError } from '../system/errors.ts'

export function usageError(message: string): TreecastError {
  return new TreecastError('E_USAGE', message)
}

const MISSING = /^Not enough non-option arguments/

/** yargs' own texts that need other words. */
const REWORDED: readonly (readonly [RegExp, (match: RegExpExecArray) => string])[] = [
  [MISSING, () => 'an argument is missing'],
  [/^Did you mean (\S+)\?/, (match) => `there is no such command. Did you mean ${match[1]}?`],
  [/^Unknown commands?: (.*)$/, (match) => `there is no command ${match[1]}`],
  [/^Not enough arguments following: (\S+)/, (match) => `--${match[1]} needs a value`],
  [
    /Argument: (\S+), Given: (.*), Choices: (.*)$/s,
    (match) => `--${match[1]} is ${match[2]}, but must be one of ${match[3]}`,
  ],
]

/**
 * The refusal of a command line.
 * @param said yargs' text
 * @param command words of the command so far, for the way to its help
 * @param unknownOption told instead of a missing argument: the option may have taken that
 */
export function explainUsage(said: string, command: string, unknownOption?: string): TreecastError {
  const missing = MISSING.test(said) && unknownOption !== undefined
  const text = reword(missing ? `Unknown argument: ${unknownOption}` : said)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
  const help = ['treecast', command, '--help'].filter((word) => word !== '').join(' ')
  return usageError(text.endsWith('?') ? text : `${text}. See ${help}`)
}

function reword(said: string): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(said)
  if (unknown !== null)
    return `unknown ${(unknown[1] ?? '')
      .split(', ')
      .map((word) => `'${word}'`)
      .join(', ')}`
  for (const [pattern, words] of REWORDED) {
    const match = pattern.exec(said)
    if (match !== null) return words(match)
  }
  return said
}
