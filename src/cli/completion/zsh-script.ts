/** The completion script for zsh: to be sourced, or kept as `_treecast` in a folder of `$fpath`. */

import { type ArgumentKind, type CommandEntry, choicesOf, type ValuedOption, valueKind } from '../command-table.ts'
import type { FlagOption, OptionTable } from '../option-tables.ts'

/** @param global options of every command */
export function zshScript(commands: readonly CommandEntry[], global: OptionTable): string {
  return `#compdef treecast
# treecast completion for zsh: source <(treecast completion zsh)

_treecast_ask() {
  local -a known
  known=(\${(f)"$(treecast $treecast_home completion $1 2>/dev/null)"})
  case $1 in
    selectors) compset -P '*[,!]'; compadd -S '' -a known ;;
    transfers) known=(\${known/$'\\t'/:}); _describe -V transfer known ;;
    *) compadd -a known ;;
  esac
}

${commands.map((command) => commandFunction(command, commands, global)).join('\n\n')}

_treecast() {
  local at
  local -a treecast_home
  for ((at = 2; at < CURRENT; at++)); do
    case $words[at] in
      --home|--config) treecast_home+=($words[at] \${(Q)words[at+1]/#\\~//$HOME/}) ;;
      --home=*|--config=*) treecast_home+=(\${(Q)words[at]}) ;;
    esac
  done
${body(
  commands.filter(({ name }) => !name.includes(' ')),
  '',
  global,
)}
}

if [ "$funcstack[1]" = _treecast ]; then _treecast "$@"; else compdef _treecast treecast; fi
`
}

function commandFunction(command: CommandEntry, commands: readonly CommandEntry[], global: OptionTable): string {
  const below = commands.filter(({ name }) => name.startsWith(`${command.name} `))
  const options = { ...command.options, ...global }
  const content =
    below.length > 0 ? body(below, command.name, options) : `  ${callArguments(options, command.argument)}`
  return `${functionName(command.name)}() {\n${content}\n}`
}

/** Completes the next word of a command that has others below it. */
function body(below: readonly CommandEntry[], above: string, options: OptionTable): string {
  const lastWord = (name: string) => name.slice(above === '' ? 0 : above.length + 1)
  return `  local state line
  local -a commands
  commands=(${below.map(({ name, describe }) => quoted(`${lastWord(name)}:${describe}`)).join(' ')})
  _arguments -C ${optionSpecs(options).join(' ')} '1: :->command' '*:: :->arguments'
  case $state in
    command) _describe -t commands command commands ;;
    arguments)
      case $line[1] in
${below.map(({ name }) => `        ${lastWord(name)}) ${functionName(name)} ;;`).join('\n')}
      esac ;;
  esac`
}

function callArguments(options: OptionTable, argument: CommandEntry['argument']): string {
  const specs = optionSpecs(options)
  if (typeof argument === 'string') specs.push(quoted(`*: :${kindAction(argument)}`))
  else if (argument !== undefined) specs.push(quoted(`1: :(${argument.join(' ')})`))
  return `_arguments ${specs.join(' ')}`
}

function optionSpecs(options: OptionTable): string[] {
  const help: [string, FlagOption] = ['help', { kind: 'flag', describe: 'Show help' }]
  return [...Object.entries(options), help].map(([name, option]) => {
    const described = `--${name}${option.kind === 'flag' ? '' : '='}[${option.describe.replace(/[[\]:\\]/g, '\\$&')}]`
    if (option.kind === 'flag') return quoted(described)
    return quoted(`${option.kind === 'list' ? '*' : ''}${described}: :${valueAction(option)}`)
  })
}

function valueAction(option: ValuedOption): string {
  const choices = choicesOf(option)
  return choices === undefined ? kindAction(valueKind(option)) : `(${choices.join(' ')})`
}

/** With a blank before it, zsh runs an action as it stands. */
function kindAction(kind: ArgumentKind): string {
  if (kind === 'any') return ' '
  if (kind === 'file') return '_files'
  return kind === 'folder' ? '_files -/' : ` _treecast_ask ${kind}`
}

function functionName(command: string): string {
  return `_treecast_${command.replaceAll(' ', '_')}`
}

function quoted(text: string): string {
  return `'${text.replaceAll("'", `'\\''`)}'`
}
