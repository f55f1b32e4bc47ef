/**
 * The command line itself: commands, options and help, by yargs. Every handler puts its settings together, loads its
 * command, and hands back an exit code.
 *
 * yargs prints nothing on its own and never ends the process: help goes to the shell's stdout, refusals are thrown.
 */

import yargs, { type Argv } from 'yargs'
import { COMPLETIONS } from './command-table.ts'
import { wordsForYargs } from './command-words.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type Invocation, invoke, settingsFileOf } from './invocation.ts'
import { errorDocument } from './json-errors.ts'
import * as tables from './option-tables.ts'
import type { RawSettings } from './settings.ts'
import type { Shell } from './shell.ts'
import { explainUsage } from './usage-error.ts'

const COMMANDS = ['serve', 'relay', 'push', 'rank', 'status', 'man', 'completion']

/** The options that yargs itself adds. */
const YARGS_OPTIONS = ['help', 'version']

/** As wide as help gets where no screen sets its width, and where the screen is very wide. */
const HELP_COLUMNS = 110

/**
 * Runs what the arguments say.
 * @returns the exit code
 * @throws what the command failed with; E_USAGE for a command line that cannot be understood
 */
export async function runProgram(args: readonly string[], shell: Shell): Promise<ExitCode> {
  let exitCode: ExitCode = EXIT.success
  let started = false
  const program = defineProgram(args, shell, async (table, argv, run) => {
    const invocation = await invoke(table, argv, shell)
    started = true
    exitCode = await run(invocation)
  })
  const command = commandOf(args)
  const usage = program.fail((said, error) => {
    throw error instanceof Error && error.name !== 'YError'
      ? error
      : explainUsage(said, { command, args, unknownOption: unknownOption(args) })
  })
  try {
    await usage.parseAsync(wordsForYargs(args, command), {}, (_error: unknown, _argv: unknown, output: string) => {
      if (output !== '') shell.stdout.write(`${output}\n`)
    })
    return exitCode
  } catch (error) {
    const { environment } = shell
    const file = await settingsFileOf(args, environment).catch(() => ({}))
    const document = errorDocument(error, { args, command, environment, file, started })
    if (document !== undefined) shell.stdout.write(`${JSON.stringify(document)}\n`)
    throw error
  }
}

/** `push`, `serve token`: the words of the command, for messages. Empty when there is none. */
export function commandOf(args: readonly string[]): string {
  const words = args.filter((word) => !word.startsWith('-'))
  const at = words.findIndex((word) => COMMANDS.includes(word))
  if (at < 0) return ''
  return words[at] === 'serve' && words[at + 1] === 'token' ? 'serve token' : (words[at] ?? '')
}

/** Whether help may be shown. yargs makes it for every command that runs, and breaking its lines would take a tenth of a short push. */
function asksForHelp(args: readonly string[]): boolean {
  return args.length === 0 || args.some((word) => /^(-h|--h|help$)/.test(word))
}

/** The first option that no command has. yargs takes the word after it for its value, and then says only that an argument is missing. */
function unknownOption(args: readonly string[]): string | undefined {
  const end = args.indexOf('--')
  const names = args.slice(0, end < 0 ? args.length : end).map((word) => /^--([^=]+)/.exec(word)?.[1])
  return names.find((name) => name !== undefined && !tables.ALL_OPTION_WORDS.has(name) && !YARGS_OPTIONS.includes(name))
}

type Run<T extends tables.OptionTable> = (invocation: Invocation<T>) => Promise<ExitCode>
type Start = <T extends tables.OptionTable>(table: T, argv: RawSettings, run: Run<T>) => Promise<void>

function defineProgram(args: readonly string[], shell: Shell, start: Start): Argv {
  const program = yargs()
    .scriptName('treecast')
    .usage(
      '$0 <command>\n\nSends files and folders from one machine to many, down a tree of terminals ranked by measured performance.',
    )
    .parserConfiguration({
      'boolean-negation': false,
      'camel-case-expansion': false,
      'dot-notation': false,
      'parse-numbers': false,
      'parse-positional-numbers': false,
    })
    .locale('en')
    .exitProcess(false)
    .strict()
    .recommendCommands()
    .demandCommand(1, 'say what to do: serve, relay, push, rank or status')
    .wrap(asksForHelp(args) ? Math.min(shell.stdout.columns ?? HELP_COLUMNS, HELP_COLUMNS) : null)
    .version(`treecast ${shell.version}`)
    .group(['help', 'version'], 'Global options:')
    .epilogue(
      'Every option may also come from the environment (TREECAST_PACKET_SIZE=64KiB) or from --config.\nMore: treecast man',
    )
  addOptions(program, tables.GLOBAL_OPTIONS, { group: 'Global options:', global: true })
  addDaemons(program, start)
  addOperatorCommands(program, start)
  addHelpers(program, start)
  return program
}

function addDaemons(program: Argv, start: Start): void {
  program.command(
    'serve',
    'Run the main server',
    (command) =>
      addOptions(command, tables.SERVE_OPTIONS).command(
        'token',
        'Print one join token',
        (token) => addOptions(token, tables.TOKEN_OPTIONS),
        (argv) =>
          start(tables.TOKEN_OPTIONS, argv, async (invocation) =>
            (await import('./token-command.ts')).runToken(invocation),
          ),
      ),
    (argv) =>
      start(tables.SERVE_OPTIONS, argv, async (invocation) =>
        (await import('./serve-command.ts')).runServe(invocation),
      ),
  )
  program.command(
    'relay',
    'Run a terminal: receive, publish and relay',
    (command) => addOptions(command, tables.RELAY_OPTIONS),
    (argv) =>
      start(tables.RELAY_OPTIONS, argv, async (invocation) =>
        (await import('./relay-command.ts')).runRelay(invocation),
      ),
  )
}

function addOperatorCommands(program: Argv, start: Start): void {
  program.command(
    'push [path..]',
    'Send files and folders to many terminals; - sends standard input',
    (command) =>
      addOptions(command, tables.PUSH_OPTIONS)
        .positional('path', { type: 'string', array: true, describe: 'Files and folders to send, or -' })
        .example("$0 push photos.tar --to 'all,!web7'", 'to all terminals but one')
        .example("$0 push site --exclude '*.map'", 'a folder, as a whole or not at all')
        .example('tar c site | $0 push - --dest site.tar', 'from a pipe'),
    (argv) =>
      start(tables.PUSH_OPTIONS, argv, async (invocation) =>
        (await import('./push-command.ts')).runPush(invocation, argv.path ?? []),
      ),
  )
  program.command(
    'rank [selector]',
    'List terminals, fastest first, or change how they rank',
    (command) =>
      addOptions(command, tables.RANK_OPTIONS).positional('selector', {
        type: 'string',
        describe: 'Which terminals, as with push --to',
        defaultDescription: 'all',
      }),
    (argv) =>
      start(tables.RANK_OPTIONS, argv, async (invocation) =>
        (await import('./rank-command.ts')).runRank(invocation, argv.selector),
      ),
  )
  program.command(
    'status [transfer]',
    'List transfers, or show one',
    (command) =>
      addOptions(command, tables.STATUS_OPTIONS).positional('transfer', {
        type: 'string',
        describe: 'Number of the transfer',
      }),
    (argv) =>
      start(tables.STATUS_OPTIONS, argv, async (invocation) =>
        (await import('./status-command.ts')).runStatus(invocation, argv.transfer),
      ),
  )
}

function addHelpers(program: Argv, start: Start): void {
  program.command(
    'man [page]',
    'Show a page of the manual',
    (command) =>
      addOptions(command, tables.MAN_OPTIONS)
        .positional('page', { type: 'string', describe: 'push, serve, json, protocol …', default: 'treecast' })
        .example('$0 man push', 'the manual page of push'),
    (argv) =>
      start(tables.MAN_OPTIONS, argv, async (invocation) =>
        (await import('./man-command.ts')).runMan(invocation, argv.page),
      ),
  )
  program.command(
    'completion [shell]',
    'Print a shell completion script, for bash, zsh or fish',
    (command) =>
      command
        .positional('shell', {
          type: 'string',
          describe: 'For which shell; the others are what the scripts ask for',
          choices: COMPLETIONS,
          defaultDescription: 'the one that $SHELL names',
        })
        .example('eval "$($0 completion bash)"', 'in ~/.bashrc')
        .example('source <($0 completion zsh)', 'in ~/.zshrc, after compinit')
        .example('$0 completion fish | source', 'in ~/.config/fish/config.fish'),
    (argv) =>
      start(tables.COMPLETION_OPTIONS, argv, async (invocation) =>
        (await import('./completion-command.ts')).runCompletion(invocation, argv.shell),
      ),
  )
}

/** Adds a table's options. Defaults are only described here: gatherSettings fills them in, after the environment and the file. */
function addOptions<T>(
  command: Argv<T>,
  table: tables.OptionTable,
  { group = 'Options:', global = false } = {},
): Argv<T> {
  for (const [name, option] of Object.entries(table)) {
    if (option.kind === 'flag') {
      command.option(name, { type: 'boolean', describe: option.describe, group, global })
      continue
    }
    const { describe, defaultText } = option
    if (option.kind === 'list') {
      const defaultDescription = defaultText === undefined ? {} : { defaultDescription: defaultText }
      command.option(name, { type: 'string', array: true, nargs: 1, describe, group, global, ...defaultDescription })
      continue
    }
    const defaultDescription = option.default ?? defaultText
    command.option(name, {
      type: 'string',
      requiresArg: true,
      describe,
      group,
      global,
      ...(option.choices === undefined ? {} : { choices: option.choices }),
      ...(defaultDescription === undefined ? {} : { defaultDescription }),
    })
  }
  return command
}
