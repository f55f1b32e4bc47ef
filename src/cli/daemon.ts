/**
 * A daemon's life on the command line: one line once it is ready, then until a signal or until it cannot go on. A service manager that
 * started it hears of each step, and of signs of life between.
 */

import { requirePrivateFolder } from '../identity/private-folder.ts'
import { lockFolder } from '../registry/folder-lock.ts'
import { every, type Timer } from '../system/clock.ts'
import type { Files } from '../system/files.ts'
import type { LogLevel } from '../system/log.ts'
import { createLog, type LevelledLog, type LogFormat } from '../system/log-pino.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { type Shell, wantsColor } from './shell.ts'

export interface Daemon {
  stop(): Promise<void>
  /** Resolves when the daemon cannot go on. */
  readonly failed: Promise<Error>
  /** Resolves when the daemon has done what it was started for; never for one that is to run for ever. */
  readonly done?: Promise<void>
}

/**
 * Starts the daemon, says that it is ready, and runs it until SIGINT or SIGTERM. `start` may take for ever unless it heeds
 * `interrupted`.
 * @throws what the daemon failed with
 */
export async function runDaemon<D extends Daemon>(
  shell: Shell,
  start: (interrupted: Promise<unknown>) => Promise<D>,
  ready: (daemon: D) => string,
): Promise<ExitCode> {
  const interrupted = new Promise<undefined>((resolve) => shell.interruptions.onFirst(() => resolve(undefined)))
  const starting = start(interrupted)
  const daemon = await Promise.race([starting, interrupted])
  if (daemon === undefined) {
    // What it fails with now is most likely the interruption, and nobody waits for it any more.
    await starting.then(
      (late) => late.stop(),
      () => undefined,
    )
    return EXIT.success
  }
  const { serviceManager, stdout } = shell
  stdout.write(`${ready(daemon)}\n`)
  serviceManager.ready(ready(daemon))
  const signsOfLife = showLife(shell)
  const failure = await Promise.race([daemon.failed, interrupted, ...(daemon.done === undefined ? [] : [daemon.done])])
  signsOfLife?.cancel()
  serviceManager.stopping()
  await daemon.stop()
  if (failure instanceof Error) throw failure
  return EXIT.success
}

/** Twice in the time that the service manager waits, as sd_watchdog_enabled(3) advises. A loop that is stuck shows none. */
function showLife({ serviceManager, clock }: Shell): Timer | undefined {
  if (serviceManager.watchdogMs === undefined) return undefined
  return every(clock, serviceManager.watchdogMs / 2, () => serviceManager.alive())
}

/** `run` while this process alone has the folder. @throws E_HOME_IN_USE, E_WIDE_MODE, E_HOME_FOLDER */
export async function aloneIn<T>(folder: string, holder: Holder, run: () => Promise<T>): Promise<T> {
  await requirePrivateFolder(holder.files, folder)
  const lock = await lockFolder(folder, holder.command)
  try {
    return await run()
  } finally {
    lock.release()
  }
}

interface Holder {
  readonly command: 'serve' | 'relay'
  readonly files: Files
}

/** The daemon's log, on stderr. */
export function daemonLog(
  shell: Shell,
  settings: { 'log-level': LogLevel; 'log-format': LogFormat; 'no-color': boolean },
): LevelledLog {
  const { stderr: stream, clock } = shell
  return createLog({
    level: settings['log-level'],
    format: settings['log-format'],
    colour: wantsColor(stream, shell, settings['no-color']),
    stream,
    clock,
  })
}
