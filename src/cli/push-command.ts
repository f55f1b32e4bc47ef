/** `treecast push PATH…`: sends files and folders to many terminals and tells how it goes. */

import type { ContentSource } from '../client/content-source.ts'
import { followOwed, isOwing } from '../client/follow-owed.ts'
import { followTransfer } from '../client/follow-transfer.ts'
import type { OperatorClient, PushRequest } from '../client/operator-client.ts'
import { codeOf } from '../system/errors.ts'
import type { Reason } from '../wire/reason.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { chooseReport } from './choose-report.ts'
import { readExclusive, runExclusively } from './exclusive-run.ts'
import { EXIT, type ExitCode, exitCodeOfTransfer } from './exit-codes.ts'
import { CANCELLED, cancelInTime, interruption, leaveOnInterruption } from './interrupted-work.ts'
import type { Invocation } from './invocation.ts'
import { openOperatorSession } from './operator-session.ts'
import type { PUSH_OPTIONS } from './option-tables.ts'
import { assertPushable, assertPushOptions } from './push-checks.ts'
import {
  DEADLINE_PASSED,
  explainPassed,
  type LeftTransfer,
  type PushDeadline,
  readDeadline,
  withinDeadline,
} from './push-deadline.ts'
import { failureDocument } from './push-documents.ts'
import { pushRequest, readQuantities } from './push-request.ts'
import { openSource } from './push-source.ts'
import { screenOf } from './shell.ts'
import type { TransferReport } from './transfer-report.ts'

type PushInvocation = Invocation<typeof PUSH_OPTIONS>

export async function runPush(invocation: PushInvocation, paths: readonly string[]): Promise<ExitCode> {
  const { settings, shell } = invocation
  try {
    assertPushOptions(settings, paths)
    if (settings.cancel !== undefined)
      return await (await import('./cancel-command.ts')).runCancel(invocation, settings.cancel)
    if (settings['ad-hoc']) await assertPushable(invocation, paths)
  } catch (error) {
    if (settings.json) shell.stdout.write(`${JSON.stringify(failureDocument(error, undefined))}\n`)
    throw error
  }
  if (settings['ad-hoc']) {
    const { runAdHocPush } = await import('./ad-hoc-push.ts')
    return runAdHocPush(invocation, (own) => runOrdinaryPush(own, paths))
  }
  return runOrdinaryPush(invocation, paths)
}

async function runOrdinaryPush(invocation: PushInvocation, paths: readonly string[]): Promise<ExitCode> {
  const { settings, shell } = invocation
  const { json, quiet } = settings
  const tellFailure = (line: string) => void shell.stderr.write(`treecast push: ${line}\n`)
  const detaching = Promise.withResolvers<void>()
  const noTui = settings['no-tui'] || settings['dry-run']
  const report = await chooseReport({
    json,
    quiet,
    noTui,
    screen: screenOf(invocation),
    ownsTransfer: true,
    // The main server of an ad-hoc push ends with it, and so does the first server of a direct one.
    detach: settings['ad-hoc'] || settings.direct ? undefined : detaching.resolve,
    tellFailure,
  })
  const progress: Progress = { newest: undefined, startedAtMs: shell.clock.monotonic() }
  try {
    const exclusive = readExclusive(settings.exclusive)
    const run = () => pushPaths(invocation, paths, { report, progress, detached: detaching.promise })
    if (exclusive === undefined) return await run()
    return await runExclusively({ name: exclusive, folder: invocation.folders.operator, files: shell.files }, run)
  } catch (error) {
    await report.failed(error, progress.newest)
    throw error
  }
}

/** What is known so far, for the report of a failure. */
interface Progress {
  newest: TransferSnapshot | undefined
  /** Monotonic: when the command began. */
  readonly startedAtMs: number
}

/** The transfer's number, once the main server has recorded it. */
function transferOf({ newest }: Progress): number | undefined {
  return newest?.transfer ?? undefined
}

/** Whether there is a transfer to cancel. One that only waits for offline terminals is over, and stays as it is. */
function isUnderWay({ newest }: Progress): boolean {
  return newest?.transfer != null && (newest.state === 'receiving' || newest.state === 'distributing')
}

/** Who watches the push. */
interface Watching {
  readonly report: TransferReport
  readonly progress: Progress
  /** Resolves when the watcher leaves the transfer to itself. */
  readonly detached: Promise<void>
}

async function pushPaths(invocation: PushInvocation, paths: readonly string[], watching: Watching): Promise<ExitCode> {
  const { settings, shell } = invocation
  const quantities = readQuantities(settings)
  const deadline = readDeadline(settings.deadline, settings)
  const source = await openSource(paths, settings, shell)
  try {
    const request = pushRequest(source, settings, { ...quantities, path: paths[0] ?? '' })
    const stopped = interruption(shell.interruptions)
    const client = await Promise.race([openOperatorSession(invocation, settings), stopped])
    try {
      if (settings['dry-run']) return await showPlan(invocation, client, { request, source })
      return await pushSource(invocation, client, { request, source, ...watching, deadline, stopped })
    } finally {
      client.close()
    }
  } finally {
    await source.close()
  }
}

interface PushWork extends Watching {
  readonly request: PushRequest
  readonly source: ContentSource
  readonly deadline: PushDeadline | undefined
  /** Rejects when the user interrupts. */
  readonly stopped: Promise<never>
}

async function pushSource(
  invocation: PushInvocation,
  client: OperatorClient,
  { request, source, report, progress, detached, deadline, stopped }: PushWork,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  let uploadedBytes: number | undefined
  let [stored, over, waits] = [false, false, !settings.detach]
  const storing = Promise.withResolvers<void>()
  const events = {
    planned(snapshot: TransferSnapshot) {
      progress.newest = snapshot
      report.planned(snapshot)
    },
    stored(_bytes: number, sentBytes: number) {
      stored = true
      uploadedBytes = sentBytes
      storing.resolve()
    },
    snapshot(snapshot: TransferSnapshot) {
      progress.newest = snapshot
      report.changed(snapshot)
    },
  }
  const connect = () => openOperatorSession(invocation, settings)
  const pushing = client
    .push({ request, source, until: waits ? 'final' : 'stored' }, events)
    .catch((error: unknown) => {
      const transfer = transferOf(progress)
      // Of what is sent from elsewhere, only the main server knows whether it can go on; once it is back it says so.
      const goesOn = stored || request.from !== null || request.direct
      if (over || !goesOn || transfer === undefined || codeOf(error) !== 'E_MAIN_UNREACHABLE') throw error
      return followTransfer({ clock: shell.clock, connect, transfer, each: events.snapshot, server: client.server })
    })
  const cancel = async (reason: Reason) => {
    const transfer = transferOf(progress)
    if (transfer !== undefined) await client.cancel(transfer, reason)
  }
  // Who set a deadline waits for offline terminals, too.
  const made = async () => {
    const first = await pushing
    if (first.transfer === null || !isOwing(first)) return first
    const follow = { clock: shell.clock, connect, transfer: first.transfer, each: events.snapshot, goOn: () => !over }
    return (await followOwed(follow)) ?? first
  }
  const work = deadline === undefined ? pushing : withinDeadline(made(), deadline, { ...shell, ...progress })
  // From then on the transfer is as one that was pushed with --detach.
  const left = Promise.all([detached, storing.promise]).then(() => {
    over = true
    waits = false
    return progress.newest ?? pushing
  })
  const snapshot = await leaveOnInterruption(Promise.race([work, left]), stopped, {
    clock: shell.clock,
    what: () => (isUnderWay(progress) ? `transfer ${transferOf(progress)}` : undefined),
    cancel: () => cancel(CANCELLED),
  }).catch(async (error: unknown) => {
    over = true
    if (deadline === undefined || codeOf(error) !== DEADLINE_PASSED) throw error
    const fate = leftTransfer({ ...progress, stored, direct: request.direct })
    const passed = explainPassed(deadline, progress.newest, fate)
    if (fate !== 'goesOn') await cancelInTime(shell.clock, cancel({ code: DEADLINE_PASSED, message: passed.message }))
    throw passed
  })
  // What a target was told to be meanwhile counts, too.
  await report.ended(waits ? snapshot : (progress.newest ?? snapshot), { final: waits, uploadedBytes })
  return waits ? exitCodeOfTransfer(snapshot) : EXIT.success
}

/** Without its pusher, a transfer goes on when somebody else has all of it, or when it only waits for terminals. */
function leftTransfer({
  stored,
  direct,
  ...progress
}: Progress & { readonly stored: boolean; readonly direct: boolean }): LeftTransfer {
  if (direct) return isUnderWay(progress) ? 'notServed' : 'goesOn'
  return stored ? 'goesOn' : 'notStored'
}

async function showPlan(
  invocation: PushInvocation,
  client: OperatorClient,
  { request, source }: Pick<PushWork, 'request' | 'source'>,
): Promise<ExitCode> {
  const { settings, shell } = invocation
  const nothing = () => {}
  const plan = await client.push(
    { request, source, until: 'final' },
    { planned: nothing, stored: nothing, snapshot: nothing },
  )
  if (settings.json) {
    const { plannedDocument } = await import('./push-documents.ts')
    shell.stdout.write(`${JSON.stringify(plannedDocument(plan))}\n`)
  } else if (!settings.quiet) {
    const { drawPlan } = await import('../tui/text/transfer-drawing.ts')
    shell.stdout.write(drawPlan(plan, screenOf(invocation)))
  }
  return EXIT.success
}
