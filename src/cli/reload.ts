/**
 * SIGHUP: a daemon reads its settings again. What may change while it runs changes at once; for the rest the log says that a restart
 * is needed. A settings file that cannot be used changes nothing.
 *
 * On a terminal screen SIGHUP keeps its meaning: the screen is gone, and the daemon with it.
 */

import { codeOf, messageOf } from '../system/errors.ts'
import type { LogLevel } from '../system/log.ts'
import type { LevelledLog } from '../system/log-pino.ts'
import type { Shell } from './shell.ts'

/**
 * What puts a new value into effect, by the option's name: a text or, for an option without a default that is no longer set, undefined.
 * It throws when something is wrong with the value, and has changed nothing then.
 */
export type Reloadable = Readonly<Record<string, (value: string | undefined) => void>>

type Values = Readonly<Record<string, unknown>>

/** Lets SIGHUP reload the settings. The log's level is always reloaded. */
export function reloadOnHangup(
  { shell, settings, reread }: { readonly shell: Shell; readonly settings: Values; reread(): Promise<Values> },
  log: LevelledLog,
  reloadable: Reloadable,
): void {
  if (shell.stdout.isTTY) return
  const { serviceManager } = shell
  const known: Reloadable = { 'log-level': (level) => log.setLevel(level as LogLevel), ...reloadable }
  let current = settings
  shell.onReload(() => {
    serviceManager.reloading()
    void reread()
      .then((next) => {
        current = apply({ current, next, known, log })
      })
      .catch((error: unknown) =>
        log.error('the settings were not reloaded', { code: codeOf(error), error: messageOf(error) }),
      )
      .finally(() => serviceManager.ready('settings reloaded'))
  })
}

/** @returns the settings that are in effect now */
function apply(change: { current: Values; next: Values; known: Reloadable; log: LevelledLog }): Values {
  const { current, next, known, log } = change
  const effective: Record<string, unknown> = { ...current }
  for (const option of Object.keys(next)) {
    const value = next[option]
    if (JSON.stringify(value) === JSON.stringify(current[option])) continue
    const put = known[option]
    if (put === undefined) {
      log.warn('a setting has changed that needs a restart', { option })
      continue
    }
    try {
      put(value === undefined ? undefined : String(value))
    } catch (error) {
      log.error('a setting was not reloaded', { option, error: messageOf(error) })
      continue
    }
    effective[option] = value
    log.info('a setting was reloaded', { option, value })
  }
  return effective
}
