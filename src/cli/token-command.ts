/** `treecast serve token`: prints one join token, and says so where no main server has run that would take it. */

import { issueJoinToken } from '../server/join-tokens.ts'
import { formatAddress } from '../system/address.ts'
import { escapeText } from '../system/escape-text.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { ofOption, parseWhole } from './number-options.ts'
import type { TOKEN_OPTIONS } from './option-tables.ts'
import { parseDuration } from './quantities.ts'
import { usageError } from './usage-error.ts'

const MOST_USES = 1_000_000

export async function runToken({ shell, settings, folders }: Invocation<typeof TOKEN_OPTIONS>): Promise<ExitCode> {
  const { clock, random, files } = shell
  const uses = parseWhole('--uses', settings.uses, { least: 1, most: MOST_USES })
  const expiresMs = ofOption('--expires', () => parseDuration(settings.expires))
  if (expiresMs === 0)
    throw usageError('--expires is 0: such a token could never be used. Write it as 90s, 15m, 2h or 1d')
  const role = settings.role as 'terminal' | 'operator'
  const issued = await issueJoinToken({ folder: folders.serve, role, uses, expiresMs, clock, random, files })
  shell.stdout.write(`${issued.token}\n`)
  // A token made ahead is as good as any other; a --home that was not meant makes one that lets nobody in.
  if (!issued.served)
    shell.stderr.write(
      `treecast serve token: no main server has run in ${escapeText(folders.home)} yet: this token is for the one that will, at ${formatAddress(issued.address)}. If yours has another --home, give that\n`,
    )
  return EXIT.success
}
