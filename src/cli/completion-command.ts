/** `treecast completion [SHELL]`: prints a completion script; `completion terminals` and the like is what the scripts ask. */

import { basename } from 'node:path'
import { withDeadline } from '../system/clock.ts'
import { COMMANDS, SERVER_WORDS, type ServerWords, type ShellName } from './command-table.ts'
import { bashScript } from './completion/bash-script.ts'
import { fishScript } from './completion/fish-script.ts'
import { zshScript } from './completion/zsh-script.ts'
import { wordsOf } from './completion-words.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import { type COMPLETION_OPTIONS, GLOBAL_OPTIONS } from './option-tables.ts'
import type { Shell } from './shell.ts'

/** Whoever pressed the tab key waits. */
const WORDS_DEADLINE_MS = 1000

const SCRIPTS: Readonly<Record<ShellName, typeof bashScript>> = { bash: bashScript, zsh: zshScript, fish: fishScript }

/** @param what one of COMPLETIONS; without it, the script for the shell that `$SHELL` names, else for bash */
export async function runCompletion(
  invocation: Invocation<typeof COMPLETION_OPTIONS>,
  what: string | undefined,
): Promise<ExitCode> {
  const { shell } = invocation
  const kind = SERVER_WORDS.find((words) => words === what)
  const lines = kind === undefined ? [scriptFor(what ?? ownShell(shell))] : await askForWords(invocation, kind)
  shell.stdout.write(lines.join(''))
  return EXIT.success
}

function scriptFor(name: string): string {
  const script = SCRIPTS[name as ShellName] ?? bashScript
  return script(COMMANDS, GLOBAL_OPTIONS)
}

function ownShell({ environment }: Shell): string {
  return basename(environment.SHELL ?? '')
}

/** Words, one a line; none when this machine is no operator's, or the main server does not answer at once. */
async function askForWords(invocation: Invocation<typeof COMPLETION_OPTIONS>, kind: ServerWords): Promise<string[]> {
  const { shell, folders } = invocation
  const { clock, files } = shell
  try {
    if ((await files.stat(folders.operator)) === undefined) return []
    const asking = openOperatorSession(invocation, { server: undefined, join: undefined }).then((client) =>
      wordsOf(kind, client).finally(() => client.close()),
    )
    const words = await withDeadline({ clock, ms: WORDS_DEADLINE_MS, what: 'completion' }, asking)
    return words.map((word) => `${word}\n`)
  } catch {
    // In the middle of somebody's typing nobody wants to read why.
    return []
  }
}
