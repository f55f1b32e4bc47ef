/**
 * A command's settings from its three sources: the command line, then `TREECAST_…` in the environment, then the settings file, then
 * the default.
 *
 * The environment and the file may hold settings of other commands too, so only what this command knows is taken from them. A name
 * that no command knows is refused in the file; in the environment it may belong to somebody else.
 */

import { TreecastError } from '../system/errors.ts'
import { type OptionTable, type SettingsOf, settingName } from './option-tables.ts'
import { usageError } from './usage-error.ts'

export type RawSettings = Readonly<Record<string, unknown>>

export interface SettingSources {
  /** As yargs parsed it; undefined members were not given. */
  readonly commandLine: RawSettings
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The settings file's members. */
  readonly file: RawSettings
}

/**
 * The value of every option in the table.
 * @throws E_USAGE when a value does not fit its option, naming where it came from
 */
export function gatherSettings<T extends OptionTable>(table: T, sources: SettingSources): SettingsOf<T> {
  const settings: Record<string, unknown> = {}
  for (const name of Object.keys(table)) settings[name] = settingOf(table, name, sources)
  return settings as SettingsOf<T>
}

/** `--packet-size` is `TREECAST_PACKET_SIZE`. */
export function environmentName(option: string): string {
  return `TREECAST_${option.toUpperCase().replaceAll('-', '_')}`
}

/**
 * The members of a settings file: one JSON object of strings, numbers and booleans, or lists of them for options that may be repeated.
 * @throws E_CONFIG naming the file and the first member that is wrong
 */
export function parseSettingsFile(path: string, text: string, known: ReadonlySet<string>): RawSettings {
  let members: unknown
  try {
    members = JSON.parse(text)
  } catch (cause) {
    throw badFile(path, 'it is not JSON', cause)
  }
  if (typeof members !== 'object' || members === null || Array.isArray(members))
    throw badFile(path, 'it is not one JSON object')
  for (const [name, value] of Object.entries(members)) {
    if (!known.has(name)) throw badFile(path, `there is no option '${name}'`)
    const values = Array.isArray(value) ? value : [value]
    if (!values.every((item) => ['string', 'number', 'boolean'].includes(typeof item)))
      throw badFile(path, `'${name}' is neither text, a number, true or false, nor a list of these`)
  }
  return members as RawSettings
}

function settingOf(table: OptionTable, name: string, { commandLine, environment, file }: SettingSources): unknown {
  const option = table[name]
  const setting = settingName(table, name)
  const variable = environmentName(setting)
  if (commandLine[name] !== undefined) return checked(option, lastUnlessList(option, commandLine[name]), `--${name}`)
  if (environment[variable] !== undefined && environment[variable] !== '')
    return checked(option, environment[variable], variable)
  if (file[setting] !== undefined) return checked(option, file[setting], `'${setting}' in the settings file`)
  if (option?.kind === 'list') return []
  return option?.kind === 'text' ? option.default : false
}

/** What is given several times on the command line counts as it was given last. */
function lastUnlessList(option: OptionTable[string] | undefined, value: unknown): unknown {
  return Array.isArray(value) && option?.kind !== 'list' ? value.at(-1) : value
}

/** @param where the value came from, for the message. @throws E_USAGE */
function checked(option: OptionTable[string] | undefined, value: unknown, where: string): string | boolean | string[] {
  if (option?.kind === 'flag') return readFlag(value, where)
  if (option?.kind === 'list') return toList(value, where)
  if (Array.isArray(value)) throw usageError(`${where} is a list, but must be one value`)
  const text = String(value)
  if (text === '') throw usageError(`${where} is empty`)
  const choices = option?.kind === 'text' ? option.choices : undefined
  if (choices !== undefined && !choices.includes(text))
    throw usageError(`${where} is '${text}', but must be one of ${choices.join(', ')}`)
  return text
}

function toList(value: unknown, where: string): string[] {
  const values = Array.isArray(value) ? value.map(String) : String(value).split('\n').filter(Boolean)
  if (values.includes('')) throw usageError(`${where} is empty`)
  return values
}

/** @param where the value came from, for the message. @throws E_USAGE */
export function readFlag(value: unknown, where: string): boolean {
  const text = String(value).toLowerCase()
  if (['true', '1', 'yes', 'on'].includes(text)) return true
  if (['false', '0', 'no', 'off'].includes(text)) return false
  throw usageError(`${where} is '${text}', but must be true or false`)
}

function badFile(path: string, why: string, cause?: unknown): TreecastError {
  return new TreecastError('E_CONFIG', `cannot use the settings file ${path}: ${why}`, { facts: { path }, cause })
}
