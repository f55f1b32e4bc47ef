/** `treecast rank [SELECTOR]`: the terminals by measured performance. */

import { EXIT, type ExitCode } from './exit-codes.ts'
import { interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import type { RANK_OPTIONS } from './option-tables.ts'
import { DOCUMENT_VERSION } from './push-documents.ts'

export async function runRank(invocation: Invocation<typeof RANK_OPTIONS>, selector: string): Promise<ExitCode> {
  const { settings, shell, color } = invocation
  const stopped = interruption(shell.interruptions)
  const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
  try {
    const { by, terminals } = await Promise.race([client.ask({ kind: 'rank', by: settings.by, to: selector }), stopped])
    if (settings.json) {
      shell.stdout.write(`${JSON.stringify({ version: DOCUMENT_VERSION, by, terminals })}\n`)
    } else {
      const { drawRanking } = await import('../tui/text/rank-table.ts')
      shell.stdout.write(drawRanking(terminals, { color }))
    }
    return EXIT.success
  } finally {
    client.close()
  }
}
