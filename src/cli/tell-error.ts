/** The one line that a failed command leaves on stderr; with `--log-level debug` also where it came from. */

import { codeOf, messageOf } from '../system/errors.ts'
import { escapeText } from '../system/escape-text.ts'
import { commandOf } from './program.ts'
import { type Shell, wantsColor } from './shell.ts'

const BUGS: readonly string[] = ['E_INTERNAL', 'E_BROKEN_INVARIANT']

/** Writes `treecast push: message`. What a peer put into the message is escaped. */
export function tellError(error: unknown, args: readonly string[], shell: Shell): void {
  const { stderr } = shell
  const program = ['treecast', commandOf(args)].filter((word) => word !== '').join(' ')
  const mark = wantsColor(stderr, shell, args.includes('--no-color')) ? '\x1b[31merror\x1b[39m: ' : ''
  const advice = BUGS.includes(codeOf(error)) ? ' (an internal error; --log-level debug shows where)' : ''
  stderr.write(`${program}: ${mark}${escapeText(messageOf(error))}${advice}\n`)
  if (wantsTrace(args, shell)) stderr.write(`${traceOf(error)}\n`)
}

function wantsTrace(args: readonly string[], { environment }: Shell): boolean {
  const at = args.indexOf('--log-level')
  const level =
    at >= 0 ? args[at + 1] : args.find((word) => word.startsWith('--log-level='))?.slice('--log-level='.length)
  return (level ?? environment.TREECAST_LOG_LEVEL) === 'debug'
}

function traceOf(error: unknown): string {
  const lines: string[] = []
  for (let step = error; step instanceof Error && lines.length < 10; step = step.cause) {
    const stack = (step.stack ?? step.message).split('\n').map(escapeText).join('\n')
    lines.push(`${lines.length === 0 ? '' : 'caused by '}${codeOf(step)} ${stack}`)
  }
  return lines.join('\n')
}
