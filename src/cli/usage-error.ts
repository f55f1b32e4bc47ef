/** Wrong usage as an error of ours, with what yargs says put in one readable line. */

import { closestWord, didYouMean } from '../system/closest-word.ts'
import { TreecastError } from '../system/errors.ts'
import { COMMANDS } from './command-table.ts'
import { ALL_OPTION_WORDS, GLOBAL_OPTIONS } from './option-tables.ts'

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
    (match) => `${optionOrArgument(match[1] ?? '')} is ${match[2]}, but must be one of ${match[3]}`,
  ],
]

/** yargs tells arguments and options by their names alone. */
function optionOrArgument(name: string): string {
  return ALL_OPTION_WORDS.has(name) ? `--${name}` : name.toUpperCase()
}

/** The command line that yargs did not understand. */
export interface RefusedLine {
  /** Words of the command so far, for the way to its help. */
  readonly command: string
  readonly args: readonly string[]
  /** Told instead of a missing argument: the option may have taken that. */
  readonly unknownOption: string | undefined
}

/**
 * The refusal of a command line.
 * @param said yargs' text
 */
export function explainUsage(said: string, line: RefusedLine): TreecastError {
  const { command, unknownOption } = line
  const early = optionBeforeCommand(line)
  if (early !== undefined) return usageError(`${early} stands before its command: write treecast ${command} ${early}`)
  const missing = MISSING.test(said) && unknownOption !== undefined
  const text = reword(missing ? `Unknown argument: ${unknownOption}` : said, line)
    .replaceAll(/\s+/g, ' ')
    .trim()
    .replace(/\.$/, '')
  const help = ['treecast', command, '--help'].filter((word) => word !== '').join(' ')
  return usageError(text.endsWith('?') ? text : `${text}. See ${help}`)
}

/** yargs knows the options of a command only behind it, and takes the command for the value of one that stands before. */
function optionBeforeCommand({ command, args }: RefusedLine): string | undefined {
  const own = Object.keys(COMMANDS.find(({ name }) => name === command)?.options ?? {}).map((name) => `--${name}`)
  const before = args.slice(0, args.indexOf(command.split(' ')[0] ?? '')).map((arg) => arg.split('=')[0] ?? '')
  return before.find((word) => own.includes(word))
}

function reword(said: string, line: RefusedLine): string {
  const unknown = /^Unknown arguments?: (.*)$/.exec(said)
  if (unknown !== null) return describeUnknown((unknown[1] ?? '').split(', '), line)
  for (const [pattern, words] of REWORDED) {
    const match = pattern.exec(said)
    if (match !== null) return words(match)
  }
  return said
}

function describeUnknown(words: readonly string[], { command, args }: RefusedLine): string {
  const known = optionWords(command).map((name) => `--${name}`)
  // yargs reads -quiet as five options of one letter.
  const short = args.find((arg) => /^-[a-z-]{2,}/.test(arg) && !arg.startsWith('--'))
  if (short !== undefined) return `unknown '${short}'. Did you mean ${closestWord(`-${short}`, known) ?? `-${short}`}?`
  const list = words.map((word) => (args.includes(`-${word}`) ? `'-${word}'` : `'${word}'`)).join(', ')
  const [first = ''] = words
  const isOption = args.some((arg) => arg === `--${first}` || arg.startsWith(`--${first}=`))
  return `unknown ${list}${isOption ? `.${didYouMean(`--${first}`, known)}` : ''}`
}

/** The options that a command takes. */
function optionWords(command: string): string[] {
  const entry = COMMANDS.find(({ name }) => name === command)
  return [...Object.keys(entry?.options ?? {}), ...Object.keys(GLOBAL_OPTIONS), 'help', 'version']
}
