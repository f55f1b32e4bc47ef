/** The completion script for bash, 3.2 and later; needs no bash-completion package. */

import { type ArgumentKind, type CommandEntry, valueKind } from '../command-table.ts'
import type { OptionTable, TextOption } from '../option-tables.ts'

/** @param global options of every command */
export function bashScript(commands: readonly CommandEntry[], global: OptionTable): string {
  const first = commands.filter(({ name }) => !name.includes(' ')).map(({ name }) => name)
  const valued = new Set(
    [...commands.map(({ options }) => options), global].flatMap((table) =>
      Object.entries(table).flatMap(([name, { kind }]) => (kind === 'text' ? [`--${name}`] : [])),
    ),
  )
  return `# treecast completion for bash: eval "$(treecast completion bash)"

_treecast_words() { COMPREPLY=($(compgen -W "$1" -- "$2")); }
_treecast_files() { compopt -o filenames 2>/dev/null; local IFS=$'\\n'; COMPREPLY=($(compgen "$1" -- "$2")); }
_treecast_terminals() {
  local last=\${1##*[,!]}
  COMPREPLY=($(compgen -P "\${1%"$last"}" -W "all $("\${COMP_WORDS[0]}" completion terminals 2>/dev/null)" -- "$last"))
}

_treecast() {
  local word=\${COMP_WORDS[COMP_CWORD]} option=\${COMP_WORDS[COMP_CWORD-1]} command='' at value=''
  if [ "$word" = '=' ]; then word=''
  elif [ "$option" = '=' ]; then option=\${COMP_WORDS[COMP_CWORD-2]}; fi
  for ((at = 1; at < COMP_CWORD; at++)); do
    if [ -n "$value" ]; then
      [ "\${COMP_WORDS[at]}" = '=' ] || value=''
      continue
    fi
    case "$command:\${COMP_WORDS[at]}" in
      ${[...valued].map((option) => `*:${option}`).join('|')}) value=yes ;;
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
  return Object.entries(options).flatMap(([name, option]) =>
    option.kind === 'text' ? [`    '${command} --${name}') ${valueAction(option)}; return ;;`] : [],
  )
}

function valueAction(option: TextOption): string {
  if (option.choices !== undefined) return `_treecast_words "${option.choices.join(' ')}" "$word"`
  return kindAction(valueKind(option)) ?? ':'
}

function kindAction(kind: ArgumentKind): string | undefined {
  if (kind === 'file') return '_treecast_files -f "$word"'
  if (kind === 'folder') return '_treecast_files -d "$word"'
  return kind === 'terminals' ? '_treecast_terminals "$word"' : undefined
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
