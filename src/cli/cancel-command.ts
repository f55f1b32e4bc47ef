/** `treecast push --cancel TRANSFER`: calls off what a transfer is still to deliver or to show. */

import type { TransferSnapshot } from '../wire/snapshot.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { CANCELLED, interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { parseWhole } from './number-options.ts'
import { openOperatorSession } from './operator-session.ts'
import type { PUSH_OPTIONS } from './option-tables.ts'
import { cancelledDocument } from './push-documents.ts'

export async function runCancel(invocation: Invocation<typeof PUSH_OPTIONS>, transferText: string): Promise<ExitCode> {
  const { settings, shell } = invocation
  const transfer = parseWhole('--cancel', transferText, { least: 1, most: Number.MAX_SAFE_INTEGER })
  const stopped = interruption(shell.interruptions)
  const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
  try {
    const before = await Promise.race([client.ask({ kind: 'transfer', transfer }), stopped])
    const already = before.transfer.state === 'cancelled'
    const snapshot = await Promise.race([client.cancel(transfer, CANCELLED), stopped])
    if (settings.json) shell.stdout.write(`${JSON.stringify(cancelledDocument(snapshot, { already }))}\n`)
    else if (!settings.quiet) {
      const { describeCancellation } = await import('../tui/text/transfer-lines.ts')
      shell.stdout.write(`${describeCancellation(snapshot, { already })}\n`)
    }
    return exitCodeOfCancellation(snapshot)
  } finally {
    client.close()
  }
}

/** Nobody shows it, or will; some show it already; it was too late for all. */
function exitCodeOfCancellation({ state, terminals }: TransferSnapshot): ExitCode {
  if (state !== 'cancelled') return EXIT.none
  return terminals.some((terminal) => terminal.state === 'active') ? EXIT.some : EXIT.success
}
