/** What a command that failed leaves on stdout for a program that asked for `--json`: treecast-json(5). */

import { codeOf, messageOf } from '../system/errors.ts'
import { DOCUMENT_VERSION, failureDocument } from './push-documents.ts'
import { environmentName, type RawSettings } from './settings.ts'

export interface FailedCommand {
  readonly args: readonly string[]
  /** As commandOf says. */
  readonly command: string
  readonly environment: Readonly<Record<string, string | undefined>>
  /** The members of the settings file; none when there is none that can be read. */
  readonly file: RawSettings
  /** Whether the command itself had begun: what it then says of its failure it says alone. */
  readonly started: boolean
}

/** The document; undefined when none was asked for, or the command has written its own. */
export function errorDocument(error: unknown, failed: FailedCommand): object | undefined {
  const { command, started } = failed
  if (!isOn('json', failed)) return undefined
  const follows = command === 'status' && isOn('watch', failed)
  if (command === 'push' || follows) return started ? undefined : failureDocument(error, undefined)
  if (command !== 'rank' && command !== 'status') return undefined
  return { version: DOCUMENT_VERSION, error: { code: codeOf(error), message: messageOf(error) } }
}

/** The command line may be one that cannot be understood, so only its words are looked at. */
function isOn(flag: string, { args, environment, file }: FailedCommand): boolean {
  const said = args.findLast((word) => word === `--${flag}` || word.startsWith(`--${flag}=`))
  if (said !== undefined) return said === `--${flag}` || isTrue(said.slice(flag.length + 3))
  return isTrue(environment[environmentName(flag)] || String(file[flag] ?? ''))
}

function isTrue(text: string): boolean {
  return ['true', '1', 'yes', 'on'].includes(text.toLowerCase())
}
