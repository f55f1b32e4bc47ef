/** `treecast rank [SELECTOR]`: the terminals by measured performance, measured anew where that is wanted, and what an operator changes about them. */

import { probeTerminals } from '../client/probe-terminals.ts'
import { escapeText } from '../system/escape-text.ts'
import type { AnswerTo, ProbeReport } from '../wire/operator-messages.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import type { RANK_OPTIONS } from './option-tables.ts'
import { readChange } from './rank-changes.ts'
import { rankDocument } from './rank-document.ts'
import { assertSendable } from './sendable.ts'
import { screenOf } from './shell.ts'
import { usageError } from './usage-error.ts'

type RankInvocation = Invocation<typeof RANK_OPTIONS>

export async function runRank(invocation: RankInvocation, selector: string | undefined): Promise<ExitCode> {
  const { settings, shell } = invocation
  const change = readChange(settings)
  if (change !== undefined && selector === undefined)
    throw usageError(
      'say which terminals to change, as in treecast rank web1 --pin; all of them are: treecast rank all',
    )
  const to = selector ?? 'all'
  assertSendable('SELECTOR', to, 'selector')
  const stopped = interruption(shell.interruptions)
  const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
  try {
    const probes = settings.probe ? await Promise.race([probeTerminals(client, to), stopped]) : undefined
    const answer = await Promise.race([
      change === undefined ? client.ask({ kind: 'rank', by: settings.by, to }) : client.steer({ ...change, to }),
      stopped,
    ])
    await show(invocation, answer, { revoked: change?.revoke ?? false, probes })
    return EXIT.success
  } finally {
    client.close()
  }
}

async function show(
  { settings, shell, color }: RankInvocation,
  answer: AnswerTo<'rank'>,
  { revoked, probes }: { revoked: boolean; probes: readonly ProbeReport[] | undefined },
): Promise<void> {
  if (settings.json) {
    shell.stdout.write(`${JSON.stringify(rankDocument(answer, probes))}\n`)
  } else if (revoked) {
    const { describeRevoked } = await import('../tui/text/rank-table.ts')
    shell.stdout.write(describeRevoked(answer.terminals))
  } else {
    const { drawRanking } = await import('../tui/text/rank-table.ts')
    shell.stdout.write(drawRanking(answer, screenOf({ shell, color })))
    for (const probe of probes ?? []) shell.stderr.write(describeMissing(probe))
  }
}

/** What a probe did not measure, and why; empty when it measured everything. */
function describeMissing({ name, responseMs, error }: ProbeReport): string {
  if (error === null) return ''
  const what = responseMs === null ? 'nothing was measured' : 'only the response time was measured'
  return `treecast rank: ${escapeText(`${name}: ${what}: ${error.message}`)}\n`
}
