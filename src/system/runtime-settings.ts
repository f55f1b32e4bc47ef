/**
 * Settings of the runtime that it reads from the environment when it starts, and only then: a process that needs them starts itself again
 * with them, as the same process (execve(2)), before it has done anything.
 *
 * A daemon's own code only hands bytes from one native function to the next. What the optimising compiler spends on it in a process that
 * moves some hundred megabytes is a quarter of all its processor time and a tenth of its memory, and does not come back.
 */

const DAEMON_SETTINGS = { BUN_JSC_useDFGJIT: '0' } as const

/** The part of `process` that this needs. */
export interface Restartable {
  readonly env: NodeJS.ProcessEnv
  readonly execPath: string
  readonly execve?: (file: string, args: readonly string[], env: NodeJS.ProcessEnv) => never
}

/**
 * Goes on with the settings of a daemon: returns at once in a process that has them, and where processes cannot be replaced. `words` are
 * those that started this program, the file first. The settings are for this process and not for those that it starts.
 */
export function takeDaemonSettings(process: Restartable, words: readonly string[]): void {
  const names = Object.keys(DAEMON_SETTINGS)
  if (names.some((name) => process.env[name] !== undefined)) {
    for (const name of names) delete process.env[name]
    return
  }
  process.execve?.(process.execPath, words, { ...process.env, ...DAEMON_SETTINGS })
}
