/** The audit log as a table: who did what, when; the oldest line first, as in any log. */

import { escapeText } from '../../system/escape-text.ts'
import type { AnswerTo } from '../../wire/operator-messages.ts'
import { paintLines } from './paint.ts'
import { shortTime } from './rank-table.ts'
import { drawTable, type TableColumn, type TableStyle } from './text-table.ts'

const COLUMNS: readonly TableColumn[] = [
  { heading: 'when' },
  { heading: 'who' },
  { heading: 'did' },
  { heading: 'what', isSentence: true },
]

/** The whole answer of `treecast status --audit`. */
export function drawAudit(lines: AnswerTo<'audit'>['lines'], style: { color: boolean } & TableStyle): string {
  const rows = lines
    .toReversed()
    .map(({ at, actor, action, facts }) => [
      { text: escapeText(shortTime(at)), tone: 'dim' as const },
      { text: escapeText(actor), tone: 'strong' as const },
      { text: escapeText(action) },
      { text: escapeText(describeFacts(facts)) },
    ])
  return paintLines(drawTable(COLUMNS, rows, style), style)
}

/** `terminal web1, label role=web` */
function describeFacts(facts: string): string {
  const members = JSON.parse(facts) as Readonly<Record<string, unknown>>
  return Object.entries(members)
    .map(([name, value]) => `${name} ${String(value)}`)
    .join(', ')
}
