/** The completion script for fish: to be sourced, or kept as `treecast.fish` in a completions folder. */

import {
  type ArgumentKind,
  type CommandEntry,
  choicesOf,
  isServerWords,
  type ValuedOption,
  valueKind,
} from '../command-table.ts'
import type { FlagOption, OptionTable } from '../option-tables.ts'

/** @param global options of every command */
export function fishScript(commands: readonly CommandEntry[], global: OptionTable): string {
  const help: FlagOption = { kind: 'flag', describe: 'Show help' }
  return `# treecast completion for fish: treecast completion fish | source

function __treecast_ask
    set -l home
    set -l take no
    for word in (commandline -opc)
        if test $take = yes
            set -a home (string replace -r '^~/' "$HOME/" -- $word)
            set take no
        else if string match -qr '^--(home|config)$' -- $word
            set -a home $word
            set take yes
        else if string match -qr '^--(home|config)=' -- $word
            set -a home $word
        end
    end
    treecast $home completion $argv[1] 2>/dev/null
end

function __treecast_selectors
    set -l given (string replace -r '^--[^=]*=' '' -- (commandline -ct))
    set -l before (string match -r '^.*[,!]' -- $given; or echo)
    printf '%s\\n' $before(__treecast_ask selectors)
end

complete -c treecast -f
${optionLines('', { ...global, help }).join('\n')}
${commands.flatMap((command) => commandLines(command, commands)).join('\n')}
`
}

function commandLines(command: CommandEntry, commands: readonly CommandEntry[]): string[] {
  const { name, describe, options, argument } = command
  const words = name.split(' ')
  const above = words.slice(0, -1).join(' ')
  const siblings = commands.filter((other) => other.name.split(' ').length === words.length)
  const unseen = `not __fish_seen_subcommand_from ${siblings.map((other) => other.name.split(' ').at(-1)).join(' ')}`
  const mayCome = above === '' ? unseen : `__fish_seen_subcommand_from ${above}; and ${unseen}`
  const below = commands.flatMap((other) => (other.name.startsWith(`${name} `) ? [other.name.split(' ')[1]] : []))
  const not = below.length === 0 ? '' : `; and not __fish_seen_subcommand_from ${below.join(' ')}`
  const here = `__fish_seen_subcommand_from ${words.at(-1)}${not}`
  const lines = [`complete -c treecast -n ${quoted(mayCome)} -a ${words.at(-1)} -d ${quoted(describe)}`]
  if (argument !== undefined) {
    const action = typeof argument === 'string' ? kindArguments(argument) : `-a ${quoted(argument.join(' '))}`
    if (action !== '') lines.push(`complete -c treecast -n ${quoted(here)} ${action}`)
  }
  return [...lines, ...optionLines(here, options)]
}

function optionLines(condition: string, options: OptionTable): string[] {
  const when = condition === '' ? '' : ` -n ${quoted(condition)}`
  return Object.entries(options).map(([name, option]) => {
    const value = option.kind === 'flag' ? '' : ` ${valueArguments(option)}`
    return `complete -c treecast${when} -l ${name}${value} -d ${quoted(option.describe)}`
  })
}

function valueArguments(option: ValuedOption): string {
  const choices = choicesOf(option)
  if (choices !== undefined) return `-x -a ${quoted(choices.join(' '))}`
  const kind = valueKind(option)
  return kind === 'any' ? '-x' : `-r ${kindArguments(kind)}`
}

function kindArguments(kind: ArgumentKind): string {
  if (kind === 'file') return '-F'
  if (kind === 'folder') return "-f -a '(__fish_complete_directories (commandline -ct))'"
  if (kind === 'selectors') return "-f -a '(__treecast_selectors)'"
  return isServerWords(kind) ? `-f ${kind === 'transfers' ? '-k ' : ''}-a '(__treecast_ask ${kind})'` : ''
}

/** A word in single quotes, where fish takes only these two for its own. */
function quoted(text: string): string {
  return `'${text.replace(/[\\']/g, '\\$&')}'`
}
