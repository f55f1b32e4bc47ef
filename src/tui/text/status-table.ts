/** The list of transfers as a table, under a line about the terminals. */

import { escapeText } from '../../system/escape-text.ts'
import type { TransferSummary } from '../../wire/snapshot.ts'
import { formatBytes, formatSeconds } from '../layout/format-quantities.ts'
import { type Line, segment } from '../layout/line.ts'
import { TRANSFER_TONES } from '../layout/symbols.ts'
import { paintLines } from './paint.ts'
import { shortTime } from './rank-table.ts'
import { type Cell, drawTable, type TableColumn } from './text-table.ts'

export interface StatusFacts {
  readonly terminalsOnline: number
  readonly terminals: number
  readonly transfers: readonly TransferSummary[]
}

const COLUMNS: readonly TableColumn[] = [
  { heading: 'transfer', align: 'right' },
  { heading: 'state' },
  { heading: 'name' },
  { heading: 'size', align: 'right' },
  { heading: 'delivered', align: 'right' },
  { heading: 'failed', align: 'right' },
  { heading: 'pending', align: 'right' },
  { heading: 'time', align: 'right' },
  { heading: 'created' },
]

/** The whole answer of `treecast status`. */
export function drawStatus(status: StatusFacts, { color }: { color: boolean }): string {
  const online: Line = [segment(`${status.terminalsOnline} of ${status.terminals} terminals online`)]
  if (status.transfers.length === 0) return paintLines([online, [segment('no transfers yet', 'dim')]], { color })
  return paintLines([online, [], ...drawTable(COLUMNS, status.transfers.map(rowOf))], { color })
}

function rowOf(transfer: TransferSummary): Cell[] {
  const { state, name, bytes, storedBytes, delivered, failed, pending, seconds, createdAt } = transfer
  return [
    { text: String(transfer.transfer ?? '-') },
    { text: state, tone: TRANSFER_TONES[state] },
    { text: escapeText(name), tone: 'strong' },
    { text: formatBytes(bytes ?? storedBytes) },
    { text: String(delivered) },
    { text: String(failed), tone: failed > 0 ? 'bad' : 'plain' },
    { text: String(pending), tone: pending > 0 ? 'waiting' : 'plain' },
    { text: formatSeconds(seconds) },
    { text: escapeText(shortTime(createdAt)), tone: 'dim' },
  ]
}
