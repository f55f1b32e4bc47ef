/** Commands as processes of this machine. The only file that starts any. */

import { type ChildProcess, spawn } from 'node:child_process'
import {
  COMMAND_OUTPUT_BYTES,
  type CommandOutcome,
  type CommandRequest,
  type Commands,
  type RunningCommand,
} from './commands.ts'
import { systemClock } from './real-clock.ts'

/** What the command has started in the background may hold its outputs open: what was written by its end is read for this long. */
const LAST_OUTPUT_MS = 100

export const systemCommands: Commands = { start: startCommand }

function startCommand({ command, environment, deadlineMs }: CommandRequest): RunningCommand {
  // A group of its own, so that its end is the end of all that it has started.
  const child = spawn('/bin/sh', ['-c', command], {
    detached: true,
    stdio: ['ignore', 'pipe', 'pipe'],
    env: { ...ownEnvironment(), ...environment },
  })
  let late = false
  const deadline = systemClock.after(
    deadlineMs,
    () => {
      late = true
      endGroup(child)
    },
    { background: true },
  )
  const output = new OutputEnd(child)
  const ended = new Promise<CommandOutcome>((resolve) => {
    child.on('error', (error) => {
      deadline.cancel()
      resolve({ end: 'unstarted', exitCode: null, output: error.message })
    })
    child.on('exit', (exitCode, signal) => {
      deadline.cancel()
      const end = late ? 'late' : signal === null ? 'exited' : 'killed'
      systemClock.after(LAST_OUTPUT_MS, () => resolve({ end, exitCode, output: output.close() }))
    })
  })
  return { ended, stop: () => endGroup(child) }
}

/** Without this program's own settings: a join token is among them. */
function ownEnvironment(): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('TREECAST_')))
}

function endGroup({ pid }: ChildProcess): void {
  if (pid === undefined) return
  try {
    process.kill(-pid, 'SIGKILL')
  } catch {
    // It has ended.
  }
}

/** The last bytes of both outputs, in the order in which they came. */
class OutputEnd {
  readonly #child: ChildProcess
  #kept = Buffer.alloc(0)

  constructor(child: ChildProcess) {
    this.#child = child
    for (const stream of [child.stdout, child.stderr]) {
      stream?.on('data', (bytes: Buffer) => {
        this.#kept = Buffer.concat([this.#kept, bytes]).subarray(-COMMAND_OUTPUT_BYTES)
      })
      stream?.on('error', () => undefined)
    }
  }

  close(): string {
    this.#child.stdout?.destroy()
    this.#child.stderr?.destroy()
    return this.#kept.toString('utf8')
  }
}
