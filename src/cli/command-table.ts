/** Every command with its options and arguments, as shell completion and the manual's list of commands need them. */

import * as tables from './option-tables.ts'

/** What a word of the command line can be, where it is not one of a few constants. */
export type ArgumentKind = 'file' | 'folder' | 'any' | ServerWords

/** What only the main server knows: `treecast completion KIND` asks it. */
export const SERVER_WORDS = ['terminals', 'selectors', 'groups', 'labels', 'transfers'] as const
export type ServerWords = (typeof SERVER_WORDS)[number]

export function isServerWords(kind: ArgumentKind): kind is ServerWords {
  return (SERVER_WORDS as readonly string[]).includes(kind)
}

export interface CommandEntry {
  /** `serve token` is two words. */
  readonly name: string
  readonly describe: string
  readonly options: tables.OptionTable
  /** The arguments that are no options: constants, or a kind; undefined for none. */
  readonly argument?: readonly string[] | ArgumentKind
}

/** Shells that there is a completion script for. */
export const SHELLS = ['bash', 'zsh', 'fish'] as const
export type ShellName = (typeof SHELLS)[number]

/** What `completion` prints: a script, or what the scripts ask for. */
export const COMPLETIONS = [...SHELLS, ...SERVER_WORDS] as const

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'serve', describe: 'Run the main server', options: tables.SERVE_OPTIONS },
  { name: 'serve token', describe: 'Print one join token', options: tables.TOKEN_OPTIONS },
  { name: 'relay', describe: 'Run a terminal: receive, publish and relay', options: tables.RELAY_OPTIONS },
  { name: 'push', describe: 'Send a file to many terminals', options: tables.PUSH_OPTIONS, argument: 'file' },
  { name: 'rank', describe: 'List terminals, fastest first', options: tables.RANK_OPTIONS, argument: 'selectors' },
  { name: 'status', describe: 'List transfers, or show one', options: tables.STATUS_OPTIONS, argument: 'transfers' },
  {
    name: 'man',
    describe: 'Show a page of the manual',
    options: tables.MAN_OPTIONS,
    argument: ['serve', 'relay', 'push', 'rank', 'status', 'json', 'design', 'protocol'],
  },
  { name: 'completion', describe: 'Print a shell completion script', options: {}, argument: SHELLS },
]

/** An option that takes a value. */
export type ValuedOption = tables.TextOption | tables.ListOption

/** The options of a table that take a value, by their names. */
export function valuedOptions(table: tables.OptionTable): [string, ValuedOption][] {
  return Object.entries(table).flatMap(([name, option]) => (option.kind === 'flag' ? [] : [[name, option]]))
}

/** The constants that an option's value is one of; undefined for one that may be anything of its kind. */
export function choicesOf(option: ValuedOption): readonly string[] | undefined {
  return option.kind === 'text' ? option.choices : undefined
}

/** What the value of an option is, by the word in brackets at the end of its help. */
export function valueKind({ describe }: ValuedOption): ArgumentKind {
  const word = /\(([A-Z]+)\b[^()]*\)$/.exec(describe)?.[1] ?? ''
  const kinds: Readonly<Record<string, ArgumentKind>> = {
    DIR: 'folder',
    FILE: 'file',
    SELECTOR: 'selectors',
    TERMINAL: 'terminals',
    GROUP: 'groups',
    KEY: 'labels',
    TRANSFER: 'transfers',
  }
  return kinds[word] ?? 'any'
}
