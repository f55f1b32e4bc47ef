/** The list of transfers as a table, under a line about the terminals; below it, what is still to be delivered and why. */

import { escapeText } from '../../system/escape-text.ts'
import type { HeldContentView, LibraryHoldings, OwedDelivery, TransferSummary } from '../../wire/snapshot.ts'
import { formatBytes, formatSeconds } from '../layout/format-quantities.ts'
import { type Line, segment } from '../layout/line.ts'
import { TRANSFER_TONES } from '../layout/symbols.ts'
import { paintLines } from './paint.ts'
import { shortTime } from './rank-table.ts'
import { type Cell, drawTable, type TableColumn, type TableStyle } from './text-table.ts'

export interface StatusFacts {
  readonly terminalsOnline: number
  readonly terminals: number
  readonly transfers: readonly TransferSummary[]
  readonly owed: readonly OwedDelivery[]
  readonly library: LibraryHoldings
}

const COLUMNS: readonly TableColumn[] = [
  { heading: 'transfer', align: 'right' },
  { heading: 'state' },
  { heading: 'name', isName: true },
  { heading: 'size', align: 'right' },
  { heading: 'delivered', align: 'right' },
  { heading: 'failed', align: 'right' },
  { heading: 'pending', align: 'right' },
  { heading: 'time', align: 'right' },
  { heading: 'predicted', align: 'right', leaveOut: 1 },
  { heading: 'created', leaveOut: 2 },
]

const OWED_COLUMNS: readonly TableColumn[] = [
  { heading: 'transfer', align: 'right' },
  { heading: 'still owed to', isName: true },
  { heading: 'state' },
  { heading: 'destination', isName: true },
  { heading: 'why', isSentence: true },
]

const HELD_COLUMNS: readonly TableColumn[] = [
  { heading: 'transfer', align: 'right' },
  { heading: 'in the library', isName: true },
  { heading: 'size', align: 'right' },
  { heading: 'content', leaveOut: 2 },
  { heading: 'transfers', align: 'right', leaveOut: 3 },
  { heading: 'since', leaveOut: 1 },
  { heading: 'why', isSentence: true },
]

/** Enough of a digest to tell contents apart. */
const DIGEST_DIGITS = 12

/** The whole answer of `treecast status`. */
export function drawStatus(status: StatusFacts, { color, columns }: { color: boolean } & TableStyle): string {
  const online: Line = [
    segment(`${status.terminalsOnline} of ${status.terminals} terminals online${libraryText(status.library)}`),
  ]
  if (status.transfers.length === 0) return paintLines([online, [segment('no transfers yet', 'dim')]], { color })
  const owed = status.owed.length === 0 ? [] : [[], ...drawTable(OWED_COLUMNS, status.owed.map(owedRowOf), { columns })]
  const { held } = status.library
  const library = held.length === 0 ? [] : [[], ...drawTable(HELD_COLUMNS, held.map(heldRowOf), { columns })]
  const transfers = drawTable(COLUMNS, status.transfers.map(rowOf), { columns })
  return paintLines([online, [], ...transfers, ...owed, ...library], { color })
}

/** Nothing where there is nothing to tell. */
function libraryText({ contents, bytes, quotaBytes }: LibraryHoldings): string {
  if (contents === 0 && quotaBytes === null) return ''
  const quota = quotaBytes === null ? '' : ` of ${formatBytes(quotaBytes)}`
  return ` · library: ${contents} ${contents === 1 ? 'content' : 'contents'}, ${formatBytes(bytes)}${quota}`
}

function heldRowOf({ transfer, destination, bytes, digest, transfers, since, why, until }: HeldContentView): Cell[] {
  return [
    { text: String(transfer) },
    { text: escapeText(destination), tone: 'strong' },
    { text: formatBytes(bytes) },
    { text: escapeText(digest.slice(0, DIGEST_DIGITS)), tone: 'dim' },
    { text: String(transfers) },
    { text: escapeText(shortTime(since)), tone: 'dim' },
    { text: until === null ? why : `${why} until ${escapeText(shortTime(until))}` },
  ]
}

function owedRowOf({ transfer, terminal, state, destination, error }: OwedDelivery): Cell[] {
  return [
    { text: String(transfer) },
    { text: escapeText(terminal), tone: 'strong' },
    { text: state, tone: state === 'failed' ? 'bad' : 'waiting' },
    { text: escapeText(destination) },
    { text: escapeText(error?.message ?? '') },
  ]
}

function rowOf(transfer: TransferSummary): Cell[] {
  const { state, name, bytes, storedBytes, delivered, failed, pending, seconds, predictedSeconds, createdAt } = transfer
  return [
    { text: String(transfer.transfer ?? '-') },
    { text: state, tone: TRANSFER_TONES[state] },
    { text: escapeText(name), tone: 'strong' },
    { text: formatBytes(bytes ?? storedBytes) },
    { text: String(delivered) },
    { text: String(failed), tone: failed > 0 ? 'bad' : 'plain' },
    { text: String(pending), tone: pending > 0 ? 'waiting' : 'plain' },
    { text: formatSeconds(seconds) },
    // Without a terminal that was there, nothing was.
    { text: predictedSeconds === 0 ? '-' : formatSeconds(predictedSeconds) },
    { text: escapeText(shortTime(createdAt)), tone: 'dim' },
  ]
}
