/** Commands of this machine's owner, as an argument: run by the shell, bounded in time and in what is kept of their output. */

export interface CommandRequest {
  /** As the owner wrote it: for `sh -c`. */
  readonly command: string
  /** Added to this process's own environment. */
  readonly environment: Readonly<Record<string, string>>
  /** After this long it is ended, with everything it has started. */
  readonly deadlineMs: number
}

export interface CommandOutcome {
  /** `exited` with `exitCode`; `killed` by somebody's signal; `late`: ended at its deadline; `unstarted`: there is no such shell. */
  readonly end: 'exited' | 'killed' | 'late' | 'unstarted'
  readonly exitCode: number | null
  /** The end of what it wrote to its two outputs, at most COMMAND_OUTPUT_BYTES. */
  readonly output: string
}

export interface RunningCommand {
  /** Never rejects. */
  readonly ended: Promise<CommandOutcome>
  /** Ends it with everything it has started. */
  stop(): void
}

export interface Commands {
  start(request: CommandRequest): RunningCommand
}

export const COMMAND_OUTPUT_BYTES = 4096
