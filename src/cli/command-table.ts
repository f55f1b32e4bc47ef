/** Every command with its options and arguments, as shell completion and the manual's list of commands need them. */

import * as tables from './option-tables.ts'

/** What a word of the command line can be, where it is not one of a few constants. */
export type ArgumentKind = 'file' | 'folder' | 'terminals' | 'any'

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
export const COMPLETIONS = [...SHELLS, 'terminals'] as const

export const COMMANDS: readonly CommandEntry[] = [
  { name: 'serve', describe: 'Run the main server', options: tables.SERVE_OPTIONS },
  { name: 'serve token', describe: 'Print one join token', options: tables.TOKEN_OPTIONS },
  { name: 'relay', describe: 'Run a terminal: receive, publish and relay', options: tables.RELAY_OPTIONS },
  { name: 'push', describe: 'Send a file to many terminals', options: tables.PUSH_OPTIONS, argument: 'file' },
  { name: 'rank', describe: 'List terminals, fastest first', options: tables.RANK_OPTIONS, argument: 'terminals' },
  { name: 'status', describe: 'List transfers, or show one', options: tables.STATUS_OPTIONS, argument: 'any' },
  {
    name: 'man',
    describe: 'Show a page of the manual',
    options: tables.MAN_OPTIONS,
    argument: ['serve', 'relay', 'push', 'rank', 'status', 'json', 'design', 'protocol'],
  },
  { name: 'completion', describe: 'Print a shell completion script', options: {}, argument: SHELLS },
]

/** What the value of an option is, by the word in brackets at the end of its help. */
export function valueKind({ describe }: tables.TextOption): ArgumentKind {
  const word = /\(([A-Z]+)\b[^()]*\)$/.exec(describe)?.[1] ?? ''
  const kinds: Readonly<Record<string, ArgumentKind>> = {
    DIR: 'folder',
    FILE: 'file',
    SELECTOR: 'terminals',
    TERMINAL: 'terminals',
  }
  return kinds[word] ?? 'any'
}
