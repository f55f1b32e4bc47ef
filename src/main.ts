/** treecast: arguments in, exit code out. Every error of every command ends here, as one line on stderr. */

import manifest from '../package.json' with { type: 'json' }
import { exitCodeOf } from './cli/exit-codes.ts'
import { processShell } from './cli/process-shell.ts'
import { runProgram } from './cli/program.ts'
import { tellError } from './cli/tell-error.ts'

/** Runs treecast in this process; resolves once all output is handed to the system. */
export async function main(args: readonly string[]): Promise<number> {
  const shell = processShell(manifest.version)
  const exitCode = await runProgram(args, shell).catch((error: unknown) => {
    tellError(error, args, shell)
    return exitCodeOf(error)
  })
  await Promise.all([flush(shell.stdout), flush(shell.stderr)])
  return exitCode
}

/** A pipe whose reader is gone counts as flushed. */
function flush(stream: NodeJS.WriteStream): Promise<void> {
  return new Promise((resolve) => stream.write('', () => resolve()))
}
