/** treecast: arguments in, exit code out. Every error of every command ends here, as one line on stderr. */

import manifest from '../package.json' with { type: 'json' }
import { EXIT, exitCodeOf } from './cli/exit-codes.ts'
import { processShell } from './cli/process-shell.ts'
import { commandOf, runProgram } from './cli/program.ts'
import { tellError } from './cli/tell-error.ts'
import { watchOutput } from './system/output-streams.ts'

/** Runs treecast in this process; resolves once all output is handed to the system. */
export async function main(args: readonly string[]): Promise<number> {
  const isDaemon = ['serve', 'relay'].includes(commandOf(args))
  const shell = processShell(manifest.version, { endsCleanly: isDaemon })
  const output = watchOutput(shell, (error) => tellError(error, args, shell))
  const exitCode = await runProgram(args, shell).catch((error: unknown) => {
    tellError(error, args, shell)
    return exitCodeOf(error)
  })
  const isWritten = await output.flushed()
  return isWritten || exitCode !== EXIT.success ? exitCode : EXIT.internal
}
