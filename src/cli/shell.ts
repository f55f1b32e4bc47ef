/** The process around a command, as an argument: streams, environment, time, chance, files. */

import type { ConnectOptions, OperatorClient } from '../client/operator-client.ts'
import type { Identity } from '../identity/identity.ts'
import type { Discovery } from '../link/discovery.ts'
import type { Network } from '../link/link.ts'
import type { Traffic } from '../link/traffic.ts'
import type { Clock } from '../system/clock.ts'
import type { Commands } from '../system/commands.ts'
import type { Files } from '../system/files.ts'
import type { Random } from '../system/random.ts'
import type { ServiceManager } from '../system/service-manager.ts'
import type { Interruptions } from './interruptions.ts'
import type { TextScreen } from './transfer-report.ts'

export interface Shell {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly stderr: NodeJS.WriteStream
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The user's numeric id; undefined where there is none. */
  readonly userId: number | undefined
  readonly userFolder: string
  readonly hostName: string
  /** The words that start this program: absolute paths. */
  readonly executable: readonly string[]
  readonly interruptions: Interruptions
  /** Whatever a SIGHUP is to run from now on. */
  readonly onReload: (run: () => void) => void
  readonly serviceManager: ServiceManager
  /** Runs a program on this process's own screen. @returns its exit code, null after a signal; undefined when there is no such program */
  readonly run: (words: readonly string[]) => Promise<number | null | undefined>
  readonly clock: Clock
  readonly random: Random
  readonly files: Files
  readonly commands: Commands
  /** The network of a node with this identity; what moves on it is counted in `traffic`. */
  readonly network: (identity: Identity, traffic?: Traffic) => Network
  /** Loaded when a command needs it. */
  readonly discovery: () => Promise<Discovery>
  /** Opens an operator's connection to the main server. */
  readonly connect: (options: ConnectOptions) => Promise<OperatorClient>
  /** Of this program. */
  readonly version: string
}

/** Whether escape sequences for colours are welcome on a stream: a screen, and nobody said no (https://no-color.org). */
export function wantsColor(stream: NodeJS.WriteStream, shell: Shell, noColor: boolean): boolean {
  return stream.isTTY === true && !noColor && !shell.environment.NO_COLOR && shell.environment.TERM !== 'dumb'
}

/** The screen that a command draws on. */
export function screenOf({ shell, color }: { shell: Shell; color: boolean }): TextScreen {
  const { stdin, stdout, clock, environment, interruptions } = shell
  const moves = stdout.isTTY === true && environment.TERM !== 'dumb'
  const interrupt = () => interruptions.raise()
  const columns = stdout.isTTY === true ? stdout.columns : undefined
  return { stdin, stdout, clock, unicode: localeIsUtf8(environment), color, columns, moves, interrupt }
}

/** Whether the locale's characters are UTF-8: the first of LC_ALL, LC_CTYPE and LANG that is set decides. */
function localeIsUtf8(environment: Shell['environment']): boolean {
  const locale = environment.LC_ALL || environment.LC_CTYPE || environment.LANG || ''
  return /utf-?8/i.test(locale)
}
