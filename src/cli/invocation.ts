/** What every command starts from: its settings, this machine's folders, and whether to paint. */

import { type HomeFolders, resolveHome } from './home.ts'
import { ALL_OPTION_NAMES, GLOBAL_OPTIONS, type OptionTable, type SettingsOf } from './option-tables.ts'
import { readTextFile } from './read-text-file.ts'
import { environmentName, gatherSettings, parseSettingsFile, type RawSettings } from './settings.ts'
import { type Shell, wantsColor } from './shell.ts'

export type SettingsFor<T extends OptionTable> = SettingsOf<T> & SettingsOf<typeof GLOBAL_OPTIONS>

export interface Invocation<T extends OptionTable> {
  readonly shell: Shell
  readonly settings: SettingsFor<T>
  /** The settings without what the settings file says. */
  readonly given: SettingsFor<T>
  /** The settings as they are now: the settings file may say something else. @throws E_USAGE, E_CONFIG */
  readonly reread: () => Promise<SettingsFor<T>>
  readonly folders: HomeFolders
  /** Whether stdout may be painted. */
  readonly color: boolean
}

/**
 * Puts a command's settings together.
 * @param commandLine as yargs parsed it
 * @throws E_USAGE, E_CONFIG
 */
export async function invoke<T extends OptionTable>(
  table: T,
  commandLine: RawSettings,
  shell: Shell,
): Promise<Invocation<T>> {
  const { environment, userId, userFolder } = shell
  const gather = (file: RawSettings) => {
    const sources = { commandLine, environment, file }
    return { ...gatherSettings(table, sources), ...gatherSettings(GLOBAL_OPTIONS, sources) }
  }
  const reread = async () =>
    gather(await readSettingsFile(commandLine.config ?? environment[environmentName('config')]))
  const settings = await reread()
  const folders = resolveHome({ option: settings.home, environment, userId, userFolder })
  const color = wantsColor(shell.stdout, shell, settings['no-color'])
  return { shell, settings, given: gather({}), reread, folders, color }
}

/**
 * The settings file of a command line that may be one that cannot be understood: only its words are looked at.
 * @throws E_CONFIG
 */
export function settingsFileOf(args: readonly string[], environment: Shell['environment']): Promise<RawSettings> {
  const at = args.lastIndexOf('--config')
  const joined = args.findLast((word) => word.startsWith('--config='))?.slice('--config='.length)
  return readSettingsFile((at < 0 ? joined : args[at + 1]) ?? environment[environmentName('config')])
}

async function readSettingsFile(path: unknown): Promise<RawSettings> {
  if (typeof path !== 'string' || path === '') return {}
  const text = await readTextFile(path, { what: 'settings file', option: '--config', code: 'E_CONFIG' })
  return parseSettingsFile(path, text, ALL_OPTION_NAMES)
}
