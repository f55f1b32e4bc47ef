/** The JSON documents of `push --json` and `status --watch --json`, one object a line: treecast-json(5). Members are only ever added. */

import { codeOf, messageOf } from '../system/errors.ts'
import type { TerminalSnapshot, TransferSnapshot } from '../wire/snapshot.ts'
import { errorOf, outcomeOf, upstreamNames } from './delivery-outcome.ts'

export const DOCUMENT_VERSION = 1

/** The plan: what goes where, and who stands above whom. */
export function plannedDocument(snapshot: TransferSnapshot): object {
  const { transfer, name, destination, bytes, entries, packetBytes, compression, cipher } = snapshot
  const { tree, fanOut, stripes, predictedSeconds, activateAt, deactivateAt } = snapshot
  const upstreamsOf = upstreamNames(snapshot)
  const targets = snapshot.terminals.map((terminal) => ({
    name: terminal.name,
    rank: terminal.rank,
    leaf: terminal.leaf,
    state: outcomeOf(terminal) ?? 'planned',
    depth: terminal.depth,
    upstreams: upstreamsOf(terminal),
    predictedSeconds: terminal.predictedSeconds ?? null,
  }))
  const how = { packetBytes, compression, cipher, tree, fanOut, stripes, predictedSeconds }
  return {
    type: 'planned',
    version: DOCUMENT_VERSION,
    transfer,
    name,
    destination,
    bytes,
    entries,
    ...how,
    activateAt,
    deactivateAt,
    targets,
  }
}

/** One target that has got an outcome. */
export function targetDocument(snapshot: TransferSnapshot, terminal: TerminalSnapshot): object {
  const target = describeTarget(upstreamNames(snapshot), terminal)
  return { type: 'target', version: DOCUMENT_VERSION, transfer: snapshot.transfer, bytes: terminal.bytes, ...target }
}

/**
 * The last document.
 * @param final false for a push that did not wait for its deliveries
 * @param uploadedBytes what a push sent to the main server
 */
export function resultDocument(
  snapshot: TransferSnapshot,
  { final, uploadedBytes }: { final: boolean; uploadedBytes?: number | undefined },
): object {
  const members = resultMembers(snapshot, final ? stateByDeliveries(snapshot) : 'distributing')
  return { ...members, ...(uploadedBytes === undefined ? {} : { uploadedBytes }), error: snapshot.error }
}

/**
 * What `push --cancel` came to.
 * @param already whether it had been cancelled before
 */
export function cancelledDocument(snapshot: TransferSnapshot, { already }: { already: boolean }): object {
  const { transfer, state, terminals, error } = snapshot
  const upstreamsOf = upstreamNames(snapshot)
  const targets = terminals.map((terminal) => describeTarget(upstreamsOf, terminal))
  const active = terminals.filter((terminal) => terminal.state === 'active').length
  const cancelled = terminals.filter((terminal) => terminal.state === 'cancelled').length
  return { type: 'cancelled', version: DOCUMENT_VERSION, transfer, state, already, cancelled, active, targets, error }
}

/** The last document of a command that failed as a whole. `snapshot` is the newest there was. */
export function failureDocument(error: unknown, snapshot: TransferSnapshot | undefined): object {
  const failure = { code: codeOf(error), message: messageOf(error) }
  // A push that did not wait longer leaves a transfer that goes on.
  const goesOn = failure.code === 'E_DEADLINE_PASSED'
  if (snapshot !== undefined)
    return { ...resultMembers(snapshot, goesOn ? stateByDeliveries(snapshot) : 'failed'), error: failure }
  const counts = { bytes: null, entries: null, seconds: 0, delivered: 0, failed: 0, pending: 0 }
  return {
    type: 'result',
    version: DOCUMENT_VERSION,
    transfer: null,
    state: 'failed',
    ...counts,
    activateAt: null,
    deactivateAt: null,
    targets: [],
    error: failure,
  }
}

function resultMembers(snapshot: TransferSnapshot, state: string): object {
  const { transfer, bytes, entries, seconds, delivered, failed, activateAt, deactivateAt } = snapshot
  const upstreamsOf = upstreamNames(snapshot)
  const targets = snapshot.terminals.map((terminal) => describeTarget(upstreamsOf, terminal))
  return {
    type: 'result',
    version: DOCUMENT_VERSION,
    transfer,
    state,
    bytes,
    entries,
    seconds,
    delivered,
    failed,
    // Those that are under way when the command ends count with those that wait: the three are all targets, as they are listed.
    pending: targets.length - delivered - failed,
    activateAt,
    deactivateAt,
    targets,
  }
}

function describeTarget(upstreamsOf: (terminal: TerminalSnapshot) => string[], terminal: TerminalSnapshot): object {
  const { name, seconds, attempts } = terminal
  const state = outcomeOf(terminal) ?? 'pending'
  return { name, state, upstreams: upstreamsOf(terminal), seconds, attempts, error: errorOf(terminal) }
}

function stateByDeliveries({ delivered, terminals }: TransferSnapshot): string {
  if (delivered >= terminals.length) return 'complete'
  return delivered > 0 ? 'partial' : 'failed'
}
