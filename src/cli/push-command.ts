/** `treecast push PATH…`: sends files and folders to many terminals and tells how it goes. */

import type { ContentSource } from '../client/content-source.ts'
import { followTransfer } from '../client/follow-transfer.ts'
import type { OperatorClient } from '../client/operator-client.ts'
import { codeOf } from '../system/errors.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { chooseReport } from './choose-report.ts'
import { EXIT, type ExitCode, exitCodeOfTransfer } from './exit-codes.ts'
import { interruption, leaveOnInterruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import type { PUSH_OPTIONS } from './option-tables.ts'
import { type PushRequest, pushRequest, readQuantities } from './push-request.ts'
import { openSource } from './push-source.ts'
import { screenOf } from './shell.ts'
import type { TransferReport } from './transfer-report.ts'
import { usageError } from './usage-error.ts'

type PushInvocation = Invocation<typeof PUSH_OPTIONS>

export async function runPush(invocation: PushInvocation, paths: readonly string[]): Promise<ExitCode> {
  const { settings } = invocation
  if (settings.cancel !== undefined && paths.length > 0) throw usageError('--cancel takes a transfer and no PATH')
  if (settings.cancel !== undefined) return (await import('./cancel-command.ts')).runCancel(invocation, settings.cancel)
  if (settings.expect !== undefined && !settings['ad-hoc']) throw usageError('--expect goes with --ad-hoc')
  if (settings['ad-hoc'] && paths.length > 0) {
    const { runAdHocPush } = await import('./ad-hoc-push.ts')
    return runAdHocPush(invocation, (own) => runOrdinaryPush(own, paths))
  }
  return runOrdinaryPush(invocation, paths)
}

async function runOrdinaryPush(invocation: PushInvocation, paths: readonly string[]): Promise<ExitCode> {
  const { settings, shell } = invocation
  const { json, quiet } = settings
  const tellFailure = (line: string) => void shell.stderr.write(`treecast push: ${line}\n`)
  const noTui = settings['no-tui'] || settings['dry-run']
  const report = await chooseReport({
    json,
    quiet,
    noTui,
    screen: screenOf(invocation),
    ownsTransfer: true,
    tellFailure,
  })
  const progress: Progress = { newest: undefined }
  try {
    return await pushPaths(invocation, paths, report, progress)
  } catch (error) {
    await report.failed(error, progress.newest)
    throw error
  }
}

/** What is known so far, for the report of a failure. */
interface Progress {
  newest: TransferSnapshot | undefined
}

const CANCELLED = { code: 'E_CANCELLED', message: 'cancelled by the operator' }

/** The transfer's number, once the main server has recorded it. */
function transferOf({ newest }: Progress): number | undefined {
  return newest?.transfer ?? undefined
}

async function pushPaths(
  invocation: PushInvocation,
  paths: readonly string[],
  report: TransferReport,
  progress: Progress,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  const quantities = readQuantities(settings)
  const source = await openSource(paths, settings, shell)
  try {
    const stopped = interruption(shell.interruptions)
    const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
    try {
      const request = pushRequest(source, settings, quantities)
      if (settings['dry-run']) return await showPlan(invocation, client, { request, source })
      return await pushSource(invocation, client, { request, source, report, progress, stopped })
    } finally {
      client.close()
    }
  } finally {
    await source.close()
  }
}

interface PushWork {
  readonly request: PushRequest
  readonly source: ContentSource
  readonly report: TransferReport
  readonly progress: Progress
  /** Rejects when the user interrupts. */
  readonly stopped: Promise<never>
}

async function pushSource(
  invocation: PushInvocation,
  client: OperatorClient,
  { request, source, report, progress, stopped }: PushWork,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  let stored = false
  const events = {
    planned(snapshot: TransferSnapshot) {
      progress.newest = snapshot
      report.planned(snapshot)
    },
    stored() {
      stored = true
    },
    snapshot(snapshot: TransferSnapshot) {
      progress.newest = snapshot
      report.changed(snapshot)
    },
  }
  const final = !settings.detach
  const pushing = client.push(request, source, events, final ? 'final' : 'stored').catch((error: unknown) => {
    const transfer = transferOf(progress)
    if (!stored || transfer === undefined || codeOf(error) !== 'E_MAIN_UNREACHABLE') throw error
    const connect = () => openOperatorSession(invocation, settings)
    return followTransfer({ clock: shell.clock, connect, transfer, each: events.snapshot })
  })
  const snapshot = await leaveOnInterruption(pushing, stopped, {
    clock: shell.clock,
    what: () => (transferOf(progress) === undefined ? undefined : `transfer ${transferOf(progress)}`),
    cancel: async () => {
      const transfer = transferOf(progress)
      if (transfer !== undefined) await client.cancel(transfer, CANCELLED)
    },
  })
  await report.ended(snapshot, { final })
  return final ? exitCodeOfTransfer(snapshot) : EXIT.success
}

async function showPlan(
  invocation: PushInvocation,
  client: OperatorClient,
  { request, source }: Pick<PushWork, 'request' | 'source'>,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  const nothing = () => {}
  const plan = await client.push(request, source, { planned: nothing, stored: nothing, snapshot: nothing }, 'final')
  if (settings.json) {
    const { plannedDocument } = await import('./push-documents.ts')
    shell.stdout.write(`${JSON.stringify(plannedDocument(plan))}\n`)
  } else if (!settings.quiet) {
    const { drawPlan } = await import('../tui/text/transfer-drawing.ts')
    shell.stdout.write(drawPlan(plan, screenOf(invocation)))
  }
  return EXIT.success
}
