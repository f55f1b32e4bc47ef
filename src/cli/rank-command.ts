/** `treecast rank [SELECTOR]`: the terminals by measured performance, and what an operator changes about them. */

import type { AnswerTo } from '../wire/operator-messages.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import type { RANK_OPTIONS } from './option-tables.ts'
import { readChange } from './rank-changes.ts'
import { rankDocument } from './rank-document.ts'
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
  const stopped = interruption(shell.interruptions)
  const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
  try {
    const to = selector ?? 'all'
    const answer = await Promise.race([
      change === undefined ? client.ask({ kind: 'rank', by: settings.by, to }) : client.steer({ ...change, to }),
      stopped,
    ])
    await show(invocation, answer, { revoked: change?.revoke ?? false })
    return EXIT.success
  } finally {
    client.close()
  }
}

async function show(
  { settings, shell, color }: RankInvocation,
  answer: AnswerTo<'rank'>,
  { revoked }: { revoked: boolean },
): Promise<void> {
  if (settings.json) {
    shell.stdout.write(`${JSON.stringify(rankDocument(answer))}\n`)
  } else if (revoked) {
    const { describeRevoked } = await import('../tui/text/rank-table.ts')
    shell.stdout.write(describeRevoked(answer.terminals))
  } else {
    const { drawRanking } = await import('../tui/text/rank-table.ts')
    shell.stdout.write(drawRanking(answer, screenOf({ shell, color })))
  }
}
