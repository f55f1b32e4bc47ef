/** The questions of `treecast status` that are not about the list of transfers: --explain, --audit, --check. */

import type { OperatorClient } from '../client/operator-client.ts'
import { EXIT, type ExitCode } from './exit-codes.ts'
import { examine } from './health.ts'
import type { Invocation } from './invocation.ts'
import type { STATUS_OPTIONS } from './option-tables.ts'
import { DOCUMENT_VERSION } from './push-documents.ts'
import { rankedDocument } from './rank-document.ts'
import { screenOf } from './shell.ts'
import { transferMembers } from './transfer-document.ts'

type StatusInvocation = Invocation<typeof STATUS_OPTIONS>

/** Lines of the audit log that are shown. */
const AUDIT_LINES = 200

/** @param transfer undefined for the terminal's last one. @throws E_SELECTOR_…, E_TRANSFER_… */
export async function explain(
  invocation: StatusInvocation,
  client: OperatorClient,
  { terminal, transfer }: { terminal: string; transfer: number | undefined },
): Promise<ExitCode> {
  const { settings, shell } = invocation
  const { kind: _, ...facts } = await client.ask({ kind: 'explain', terminal, transfer: transfer ?? null })
  const { drawSentences, explainTerminal } = await import('../tui/text/explanation.ts')
  const sentences = explainTerminal(facts)
  if (settings.json) {
    const last = facts.transfer === null ? null : transferMembers(facts.transfer)
    const named = { terminal: rankedDocument(facts.terminal), transfer: last }
    const document = { version: DOCUMENT_VERSION, ...facts, ...named, sentences }
    shell.stdout.write(`${JSON.stringify(document)}\n`)
  } else shell.stdout.write(drawSentences(sentences, screenOf(invocation)))
  return EXIT.success
}

export async function showAudit(invocation: StatusInvocation, client: OperatorClient): Promise<ExitCode> {
  const { settings, shell } = invocation
  const { lines } = await client.ask({ kind: 'audit', lines: AUDIT_LINES })
  if (settings.json) {
    const audit = lines.map((line) => ({ ...line, facts: JSON.parse(line.facts) as unknown }))
    shell.stdout.write(`${JSON.stringify({ version: DOCUMENT_VERSION, audit })}\n`)
  } else {
    const { drawAudit } = await import('../tui/text/audit-table.ts')
    shell.stdout.write(drawAudit(lines, screenOf(invocation)))
  }
  return EXIT.success
}

/** One line when all is well, else one for each thing that is not. */
export async function checkHealth({ settings, shell }: StatusInvocation, client: OperatorClient): Promise<ExitCode> {
  const { kind: _, ...status } = await client.ask({ kind: 'status' })
  const { findings, exitCode } = examine(status)
  if (settings.json) {
    const { terminals, terminalsOnline, library } = status
    const healthy = findings.length === 0
    const document = { version: DOCUMENT_VERSION, healthy, findings, terminals, terminalsOnline, library }
    shell.stdout.write(`${JSON.stringify(document)}\n`)
  } else {
    const lines =
      findings.length === 0
        ? [`healthy: ${status.terminalsOnline} terminals online`]
        : findings.map(({ message }) => message)
    shell.stdout.write(lines.map((line) => `${line}\n`).join(''))
  }
  return exitCode
}
