/** `--print-unit`: the daemon's systemd unit, with the options that this command line, the environment and the settings file give it. */

import { resolve } from 'node:path'
import { parseAddress } from '../system/address.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { GLOBAL_OPTIONS, type OptionTable } from './option-tables.ts'
import { SYSTEM_HOME, unitFile } from './unit-file.ts'
import { usageError } from './usage-error.ts'

/** Options that a unit does not carry as they are. */
const NOT_CARRIED = new Set(['print-unit', 'home'])
/** Options that name a place: in a unit, they cannot be relative. */
const FOLDERS = new Set(['inbox'])
const FILES = new Set(['config', 'join-file'])
const ADDRESSES = new Set(['listen', 'metrics'])

interface AnyInvocation extends Pick<Invocation<OptionTable>, 'shell' | 'folders'> {
  readonly settings: Readonly<Record<string, unknown>>
  readonly given: Readonly<Record<string, unknown>>
}

/**
 * Prints the unit.
 * @throws E_USAGE for a join token on the command line
 */
export function printUnit(
  role: 'serve' | 'relay',
  { shell, folders, settings, given }: AnyInvocation,
  table: OptionTable,
): ExitCode {
  if (settings.join !== undefined)
    throw usageError('a unit can be read by everyone on the machine, so it cannot hold --join: use --join-file')
  const known = { ...table, ...GLOBAL_OPTIONS }
  const used = valuesOf(known, settings)
  const among = (names: ReadonlySet<string>) =>
    used.flatMap(({ name, value }) => (names.has(name) && value !== undefined ? [value] : []))
  const unit = unitFile({
    role,
    executable: shell.executable,
    // What the settings file says stays there, where a reload finds it.
    options: valuesOf(known, given).flatMap(({ name, value }) =>
      value === undefined ? [`--${name}`] : [`--${name}`, value],
    ),
    home: namesHome(settings, shell.environment) ? folders.home : SYSTEM_HOME,
    writes: among(FOLDERS),
    reads: among(FILES),
    ports: among(ADDRESSES).map((address) => parseAddress(address).port),
  })
  shell.stdout.write(unit)
  return EXIT.success
}

interface GivenOption {
  readonly name: string
  /** Undefined for a flag. */
  readonly value: string | undefined
}

/** What differs from the default; paths absolute. */
function valuesOf(table: OptionTable, settings: Readonly<Record<string, unknown>>): GivenOption[] {
  return Object.entries(table).flatMap(([name, option]): GivenOption[] => {
    const value = settings[name]
    if (NOT_CARRIED.has(name) || value === undefined || value === false) return []
    if (option.kind === 'flag') return [{ name, value: undefined }]
    if (option.kind === 'text' && value === option.default) return []
    const values = Array.isArray(value) ? value.map(String) : [String(value)]
    const isPath = FOLDERS.has(name) || FILES.has(name)
    return values.map((text) => ({ name, value: isPath ? resolve(text) : text }))
  })
}

/** A unit is for the whole system: a home that nobody named is the system's, not this user's. */
function namesHome(settings: Readonly<Record<string, unknown>>, environment: Readonly<Record<string, unknown>>) {
  return Boolean(settings.home ?? environment.TREECAST_HOME)
}
