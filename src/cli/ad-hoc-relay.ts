/**
 * `treecast relay --join 7KQ2M-XW4PD`: a terminal for one push. Its keys live in a temporary home, and what arrives lands in the current
 * folder; nothing else stays behind.
 */

import { existsSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { join, resolve } from 'node:path'
import { looksLikeShortCode } from '../identity/short-code.ts'
import { codeOf } from '../system/errors.ts'
import type { ExitCode } from './exit-codes.ts'
import type { Invocation } from './invocation.ts'
import { readJoinToken } from './join-option.ts'
import type { RELAY_OPTIONS } from './option-tables.ts'
import { tokenOfShortCode } from './short-code-search.ts'
import { inTemporaryHome } from './temporary-home.ts'
import { usageError } from './usage-error.ts'

type RelayInvocation = Invocation<typeof RELAY_OPTIONS>

/** Other names that are tried when the host's is taken. */
const MAX_NAMESAKES = 100

/** Whether the options ask for such a terminal. */
export function isAdHoc({ settings }: RelayInvocation): boolean {
  return settings['ad-hoc'] || (settings.join !== undefined && looksLikeShortCode(settings.join))
}

/** @param relay runs the terminal that an invocation describes */
export async function runAdHocRelay(
  invocation: RelayInvocation,
  relay: (invocation: RelayInvocation) => Promise<ExitCode>,
): Promise<ExitCode> {
  const { shell, settings } = invocation
  const given = await readJoinToken({ join: settings.join, joinFile: settings['join-file'], stdin: shell.stdin })
  if (given === undefined) throw usageError('--ad-hoc needs the code or token that the push shows: --join CODE')
  if (looksLikeShortCode(given)) shell.stderr.write(`treecast relay: looking for ${given.trim()} on this network\n`)
  const search = async () => tokenOfShortCode(given, { discovery: await shell.discovery(), clock: shell.clock })
  const token = looksLikeShortCode(given) ? await search() : given
  const inbox = resolve(settings.inbox ?? '.')
  const listen = settings.listen ?? (settings['outbound-only'] ? '127.0.0.1:0' : '0.0.0.0:0')
  // Unfinished content lies there when the inbox is on another file system than the temporary home.
  const staging = join(inbox, '.treecast')
  const othersUse = existsSync(staging)
  return inTemporaryHome(async (folders) => {
    try {
      for (let namesake = 1; ; namesake++) {
        const name = settings.name ?? (namesake === 1 ? shell.hostName : `${shell.hostName}-${namesake}`)
        const own = {
          ...settings,
          'ad-hoc': false,
          'join-file': undefined,
          join: token,
          once: true,
          inbox,
          listen,
          name,
        }
        try {
          return await relay({ ...invocation, folders, settings: own })
        } catch (error) {
          const taken = codeOf(error) === 'E_NAME_TAKEN' && settings.name === undefined
          if (!taken || namesake === MAX_NAMESAKES) throw error
        }
      }
    } finally {
      if (!othersUse) await rm(staging, { recursive: true, force: true })
    }
  })
}
