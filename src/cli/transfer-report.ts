/**
 * How a transfer is told while it runs: the live tree on a screen, lines elsewhere, JSON lines for programs, nothing when quiet.
 * `push` and `status --watch` share these.
 */

import type { Clock } from '../system/clock.ts'
import type { TransferSnapshot } from '../wire/snapshot.ts'
import { errorOf, OutcomeChanges, outcomeOf, upstreamNames } from './delivery-outcome.ts'
import { failureDocument, plannedDocument, resultDocument, targetDocument } from './push-documents.ts'

export interface TransferEnd {
  /** False for a push that did not wait. */
  readonly final: boolean
  /** What a push sent to the main server; undefined for who only watched. */
  readonly uploadedBytes?: number | undefined
}

export interface TransferReport {
  planned(snapshot: TransferSnapshot): void
  changed(snapshot: TransferSnapshot): void
  /** The last call when all went well. */
  ended(snapshot: TransferSnapshot, options: TransferEnd): Promise<void>
  /** The last call when the command fails; stderr is the caller's. */
  failed(error: unknown, snapshot: TransferSnapshot | undefined): Promise<void>
}

/** Where and how text goes. */
export interface TextScreen {
  readonly stdin: NodeJS.ReadStream
  readonly stdout: NodeJS.WriteStream
  readonly clock: Clock
  readonly unicode: boolean
  readonly color: boolean
  /** Of the screen; undefined where stdout is none. */
  readonly columns: number | undefined
  /** Whether it is a screen whose cursor can be moved. */
  readonly moves: boolean
  /** Does what Ctrl-C does while the screen takes the keys. */
  readonly interrupt: () => void
}

type TransferText = typeof import('../tui/text/transfer-lines.ts')

/** One JSON object a line. */
export function jsonReport(stdout: NodeJS.WritableStream): TransferReport {
  const changes = new OutcomeChanges()
  const write = (document: object) => stdout.write(`${JSON.stringify(document)}\n`)
  const tellChanges = (snapshot: TransferSnapshot) => {
    for (const terminal of changes.next(snapshot)) write(targetDocument(snapshot, terminal))
  }
  return {
    planned: (snapshot) => void write(plannedDocument(snapshot)),
    changed: tellChanges,
    async ended(snapshot, options) {
      tellChanges(snapshot)
      write(resultDocument(snapshot, options))
    },
    async failed(error, snapshot) {
      write(failureDocument(error, snapshot))
    },
  }
}

/** Silent when all went well; else what came of it and who lacks the content, in plain lines, as cron mails them. */
export function quietReport(tellFailure: (line: string) => void, text: TransferText): TransferReport {
  return {
    planned() {},
    changed() {},
    async ended(snapshot, options) {
      if (!options.final || snapshot.delivered >= snapshot.terminals.length) return
      tellFailure(text.describeResult(snapshot, options))
      for (const line of text.describeMissing(missingOf(snapshot))) tellFailure(line)
    },
    async failed(_error, snapshot) {
      if (snapshot === undefined) return
      for (const line of text.describeMissing(missingOf(snapshot))) tellFailure(line)
    },
  }
}

/** The targets that do not have it, by rank. */
function missingOf(snapshot: TransferSnapshot) {
  return snapshot.terminals
    .map((terminal) => ({
      terminal,
      outcome: outcomeOf(terminal) ?? 'pending',
      upstreams: [],
      message: errorOf(terminal)?.message,
    }))
    .filter(({ outcome }) => outcome === 'failed' || outcome === 'pending')
    .sort((a, b) => a.terminal.rank - b.terminal.rank)
}

/** A line for each target that has got an outcome, and one at the end. */
export function lineReport(stdout: NodeJS.WritableStream, text: TransferText): TransferReport {
  const changes = new OutcomeChanges()
  const tellChanges = (snapshot: TransferSnapshot) => {
    const upstreamsOf = upstreamNames(snapshot)
    for (const terminal of changes.next(snapshot)) {
      const outcome = outcomeOf(terminal) ?? 'pending'
      const message = errorOf(terminal)?.message
      const line = text.describeTarget({ terminal, outcome, upstreams: upstreamsOf(terminal), message })
      stdout.write(`${line}\n`)
    }
  }
  return {
    planned() {},
    changed: tellChanges,
    async ended(snapshot, options) {
      tellChanges(snapshot)
      stdout.write(`${text.describeResult(snapshot, options)}\n`)
    },
    async failed() {},
  }
}

/** Whose the transfer is that a live tree shows. */
export interface TreeOwner {
  /** Whether leaving the tree cancels the transfer. */
  readonly ownsTransfer: boolean
  /** Leaves the transfer to itself; undefined where it cannot go on without this process. */
  readonly detach?: (() => void) | undefined
}

/** The live tree; a last drawing stays, with the summary under it. */
export async function treeReport(
  screen: TextScreen,
  text: TransferText,
  { ownsTransfer, detach }: TreeOwner,
): Promise<TransferReport> {
  const { startLiveView } = await import('../tui/live-view.tsx')
  let view: ReturnType<typeof startLiveView> | undefined
  const show = (snapshot: TransferSnapshot) => {
    if (view === undefined) view = startLiveView(snapshot, { ...screen, ownsTransfer, detach })
    else view.show(snapshot)
  }
  return {
    planned: show,
    changed: show,
    async ended(snapshot, options) {
      show(snapshot)
      await view?.close()
      screen.stdout.write(`${text.describeResult(snapshot, options)}\n`)
    },
    async failed(_error, snapshot) {
      if (snapshot !== undefined && view !== undefined) view.show(snapshot)
      await view?.close()
    },
  }
}
