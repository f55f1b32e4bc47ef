/** `treecast status [TRANSFER]`: the list of transfers, one transfer with its tree, or a running one followed to its end. */

import type { OperatorClient } from '../client/operator-client.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { chooseReport } from './choose-report.ts'
import { upstreamNames } from './delivery-outcome.ts'
import { EXIT, type ExitCode, exitCodeOfTransfer } from './exit-codes.ts'
import { interruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { parseWhole } from './number-options.ts'
import { openOperatorSession } from './operator-session.ts'
import type { STATUS_OPTIONS } from './option-tables.ts'
import { DOCUMENT_VERSION, failureDocument } from './push-documents.ts'
import { assertSendable } from './sendable.ts'
import { type Shell, screenOf } from './shell.ts'
import { checkHealth, explain, showAudit } from './status-inquiries.ts'
import { transferMembers } from './transfer-document.ts'
import { usageError } from './usage-error.ts'

type StatusInvocation = Invocation<typeof STATUS_OPTIONS>

export async function runStatus(invocation: StatusInvocation, transferText: string | undefined): Promise<ExitCode> {
  const { settings, shell } = invocation
  const stopped = interruption(shell.interruptions)
  const begin = async () => {
    const transfer = readTransfer(settings, transferText)
    return { transfer, client: await Promise.race([openOperatorSession(invocation, settings), stopped]) }
  }
  const { transfer, client } = await begin().catch((error: unknown) => {
    if (settings.watch && settings.json) writeDocument(shell, failureDocument(error, undefined))
    throw error
  })
  try {
    const { explain: terminal } = settings
    if (terminal !== undefined)
      return await Promise.race([explain(invocation, client, { terminal, transfer }), stopped])
    if (settings.audit) return await Promise.race([showAudit(invocation, client), stopped])
    if (settings.check) return await Promise.race([checkHealth(invocation, client), stopped])
    if (transfer === undefined) return await Promise.race([listTransfers(invocation, client), stopped])
    if (settings.watch) return await watchTransfer(invocation, client, { transfer, stopped })
    return await Promise.race([showTransfer(invocation, client, transfer), stopped])
  } finally {
    client.close()
  }
}

async function listTransfers(invocation: StatusInvocation, client: OperatorClient): Promise<ExitCode> {
  const { settings, shell } = invocation
  const { kind: _, ...status } = await client.ask({ kind: 'status' })
  if (settings.json) {
    writeDocument(shell, { version: DOCUMENT_VERSION, ...status })
  } else {
    const { drawStatus } = await import('../tui/text/status-table.ts')
    shell.stdout.write(drawStatus(status, screenOf(invocation)))
  }
  return EXIT.success
}

async function showTransfer(invocation: StatusInvocation, client: OperatorClient, transfer: number): Promise<ExitCode> {
  const { settings, shell } = invocation
  const answer = await client.ask({ kind: 'transfer', transfer })
  if (settings.json) {
    writeDocument(shell, { version: DOCUMENT_VERSION, ...transferMembers(answer.transfer) })
  } else {
    const { drawTransfer } = await import('../tui/text/transfer-drawing.ts')
    shell.stdout.write(drawTransfer(answer.transfer, screenOf(invocation), upstreamNames(answer.transfer)))
  }
  return EXIT.success
}

async function watchTransfer(
  invocation: StatusInvocation,
  client: OperatorClient,
  { transfer, stopped }: { transfer: number; stopped: Promise<never> },
): Promise<ExitCode> {
  const { settings, shell } = invocation
  const tellFailure = (line: string) => void shell.stderr.write(`treecast status: ${line}\n`)
  const screen = screenOf(invocation)
  const report = await chooseReport({
    json: settings.json,
    quiet: false,
    noTui: false,
    screen,
    ownsTransfer: false,
    tellFailure,
  })
  let newest: TransferSnapshot | undefined
  try {
    const watching = client.watch(transfer, (snapshot) => {
      newest = snapshot
      report.changed(snapshot)
    })
    await Promise.race([watching, stopped])
    if (newest === undefined) throw new Error(`the main server said nothing about transfer ${transfer}`)
    await report.ended(newest, { final: true })
    return exitCodeOfTransfer(newest)
  } catch (error) {
    await report.failed(error, newest)
    throw error
  }
}

/** The transfer that is asked about, if any. @throws E_USAGE */
function readTransfer(settings: StatusInvocation['settings'], text: string | undefined): number | undefined {
  const transfer = text === undefined ? undefined : parseTransfer(text)
  if (settings.watch && transfer === undefined)
    throw usageError('--watch follows one transfer: name it, as in treecast status 42 --watch')
  refuseTogether(settings, transfer)
  if (settings.explain !== undefined) assertSendable('--explain', settings.explain, 'name')
  return transfer
}

/** @throws E_USAGE for questions that have no common answer */
function refuseTogether(settings: StatusInvocation['settings'], transfer: number | undefined): void {
  const asked = (['watch', 'explain', 'audit', 'check'] as const).filter((option) => settings[option])
  if (asked.length > 1) throw usageError(`--${asked.join(' and --')} exclude each other. Give one of them`)
  const [only] = asked
  if (transfer !== undefined && (only === 'audit' || only === 'check'))
    throw usageError(`--${only} is about the main server, not about transfer ${transfer}: leave that out`)
}

function writeDocument(shell: Shell, document: object): void {
  shell.stdout.write(`${JSON.stringify(document)}\n`)
}

function parseTransfer(text: string): number {
  return parseWhole('TRANSFER', text, { least: 1, most: Number.MAX_SAFE_INTEGER })
}
