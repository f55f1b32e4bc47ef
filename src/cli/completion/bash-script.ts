/** The completion script for bash, 3.2 and later; needs no bash-completion package. */

import {
  type ArgumentKind,
  type CommandEntry,
  choicesOf,
  isServerWords,
  type ValuedOption,
  valuedOptions,
  valueKind,
} from '../command-table.ts'
import type { OptionTable } from '../option-tables.ts'

/** @param global options of every command */
export function bashScript(commands: readonly CommandEntry[], global: OptionTable): string {
  const first = commands.filter(({ name }) => !name.includes(' ')).map(({ name }) => name)
  const valued = [
    ...valuedOptions(global).map(([name]) => `*:--${name}`),
    ...commands.flatMap(({ name: command, options }) =>
      valuedOptions(options).map(([name]) => `'${command}':--${name}`),
    ),
  ]
  return `# treecast completion for bash: eval "$(treecast completion bash)"

_treecast_words() { COMPREPLY=($(compgen -W "$1" -- "$2")); }
_treecast_files() { compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen "$1" -- "$2")); }
# The words that the main server knows of a kind ($1), for the value before the cursor ($given), of which bash replaces the end ($2). Never
# as a word list of compgen, which would expand them.
_treecast_ask() {
  local last=$given word
  [ "$1" = selectors ] && last=\${given##*[,!]}
  while IFS=$'\\t' read -r word _; do
    case "$word" in "$last"*) word=\${given%"$last"}$word; COMPREPLY+=("\${word#"\${given%"$2"}"}") ;; esac
  done < <("\${COMP_WORDS[0]}" "\${home[@]}" completion "$1" 2>/dev/null)
  [ "$1" = transfers ] && compopt -o nosort 2>/dev/null
}

_treecast() {
  local word=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD-1]} command='' at value='' home=()
  local line=\${COMP_LINE:0:COMP_POINT} given
  given=\${line##*[[:space:]]}
  [ "$word" != '=' ] || word=''
  # Bash takes a value apart at = and @.
  case "$given" in
    --*=*) option=\${given%%=*}; given=\${given#*=} ;;
    *[=@]*) line=\${line%"$given"}; line=\${line%"\${line##*[![:space:]]}"}; option=\${line##*[[:space:]]} ;;
  esac
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [ -n "$value" ]; then
      [ "\${COMP_WORDS[at]}" = '=' ] && continue
      case "$value" in --home|--config) home+=("$value" "\${COMP_WORDS[at]/#\\~//$HOME/}") ;; esac
      value=''
      continue
    fi
    case "$command:\${COMP_WORDS[at]}" in
      ${valued.join('|')}) value=\${COMP_WORDS[at]} ;;
      *:-*) ;;
      ${commands.map(({ name }) => bashStep(name)).join('\n      ')}
    esac
  done
  COMPREPLY=()
  case "$command $option" in
${commands.flatMap(({ name, options }) => valueCases(name, { ...options, ...global })).join('\n')}
${valueCases('', global).join('\n')}
  esac
  case "$command" in
    '') _treecast_words "${words(first, global)}" "$word" ;;
${commands.map((command) => `    '${command.name}') ${argumentsOf(command, commands, global)} ;;`).join('\n')}
  esac
}

complete -F _treecast treecast
`
}

/** How a word on the way to the cursor leads from one command to the next. */
function bashStep(name: string): string {
  const words = name.split(' ')
  const before = words.slice(0, -1).join(' ')
  return `'${before}:${words.at(-1)}') command='${name}' ;;`
}

function valueCases(command: string, options: OptionTable): string[] {
  return valuedOptions(options).map(([name, option]) => `    '${command} --${name}') ${valueAction(option)}; return ;;`)
}

function valueAction(option: ValuedOption): string {
  const choices = choicesOf(option)
  if (choices !== undefined) return `_treecast_words "${choices.join(' ')}" "$word"`
  return kindAction(valueKind(option)) ?? ':'
}

function kindAction(kind: ArgumentKind): string | undefined {
  if (kind === 'file') return '_treecast_files -f "$word"'
  if (kind === 'folder') return '_treecast_files -d "$word"'
  return isServerWords(kind) ? `_treecast_ask ${kind} "$2"` : undefined
}

function argumentsOf(command: CommandEntry, commands: readonly CommandEntry[], global: OptionTable): string {
  const { name, options, argument } = command
  const below = commands.flatMap((other) => (other.name.startsWith(`${name} `) ? [other.name.split(' ')[1] ?? ''] : []))
  const constants = [...below, ...(Array.isArray(argument) ? argument : [])]
  const optionsAction = `_treecast_words "${words(constants, { ...options, ...global })}" "$word"`
  const action = typeof argument === 'string' ? kindAction(argument) : undefined
  return action === undefined ? optionsAction : `case "$word" in -*) ${optionsAction} ;; *) ${action} ;; esac`
}

function words(constants: readonly string[], options: OptionTable): string {
  return [...constants, ...Object.keys(options).map((name) => `--${name}`), '--help'].join(' ')
}
