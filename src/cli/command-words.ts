/**
 * The words of a command line, put so that yargs takes them as people mean them: it takes a lone `-` for no value at all, a word behind
 * `--` for an option when it begins with `-`, and every `--quiet=VALUE` but `true` for false. `help push` and `push -h` are `push --help`.
 */

import { COMMANDS } from './command-table.ts'
import { GLOBAL_OPTIONS, type OptionTable } from './option-tables.ts'
import { readFlag } from './settings.ts'

/** Standard input: the path that means the same as `-`. */
export const STANDARD_INPUT = '/dev/stdin'

/**
 * @param command `push`, `serve token`; empty when there is none
 * @throws E_USAGE for an option without a value that is given one which is neither true nor false
 */
export function wordsForYargs(args: readonly string[], command: string): string[] {
  const options = { ...COMMANDS.find(({ name }) => name === command)?.options, ...GLOBAL_OPTIONS }
  if (args[0] === 'help') return [...args.slice(1), '--help']
  const end = args.includes('--') ? args.indexOf('--') : args.length
  const words = args.slice(0, end).map((word, at) => {
    if (word === '-h' && !takesValue(args[at - 1], options)) return '--help'
    if (word === '-') return takesValue(args[at - 1], options) ? word : STANDARD_INPUT
    return withPlainFlag(word, options)
  })
  return [...words, ...args.slice(end + 1).map(asPath)]
}

function takesValue(word: string | undefined, options: OptionTable): boolean {
  const kind = word?.startsWith('--') ? options[word.slice(2)]?.kind : undefined
  return kind === 'text' || kind === 'list'
}

function withPlainFlag(word: string, options: OptionTable): string {
  const [, name = '', value = ''] = /^--([^=]+)=(.*)$/s.exec(word) ?? []
  return options[name]?.kind === 'flag' ? `--${name}=${readFlag(value, `--${name}`)}` : word
}

function asPath(word: string): string {
  if (word === '-') return STANDARD_INPUT
  return word.startsWith('-') ? `./${word}` : word
}
