/**
 * The results as text: a row for each measure, and below the table what was checked, noted, skipped or failed.
 *
 *   scenario  measure         median     min–max  runs  compared
 *   lab39     push          33.5 s   33.4–33.7       3  3.33 × F/B
 */

import type { Measure } from '../scenario.ts'
import type { Entry } from './entry.ts'
import { summarize } from './statistics.ts'

const HEADER = ['scenario', 'measure', 'median', 'min–max', 'runs', 'compared']
const RIGHT_ALIGNED = new Set(['median', 'min–max', 'runs'])

export function resultsTable(entries: readonly Entry[]): string {
  const rows = entries.flatMap(({ name, outcome }) =>
    'measures' in outcome ? outcome.measures.map((measure) => [name, ...cells(measure)]) : [],
  )
  return [...(rows.length === 0 ? [] : [aligned([HEADER, ...rows]), '']), ...entries.flatMap(remarks)].join('\n')
}

function cells({ name, unit, values, references = [] }: Measure): string[] {
  const { median, min, max } = summarize(values)
  const compared = references.map((reference) => `${figure(median / reference.value)} × ${reference.name}`)
  return [
    name,
    `${figure(median)} ${unit}`,
    `${figure(min)}–${figure(max)}`,
    String(values.length),
    compared.join(', '),
  ]
}

function remarks({ name, outcome }: Entry): string[] {
  if ('failed' in outcome) return [`${name} failed: ${outcome.failed}`]
  if ('skipped' in outcome) return [`${name} skipped: ${outcome.skipped}`]
  const checked = outcome.checks.map(
    ({ holds, ...check }) => `${holds ? 'holds' : 'FAILS'}: ${check.name} (${check.detail})`,
  )
  return [...checked, ...outcome.notes].map((remark) => `${name}: ${remark}`)
}

/** Three significant digits, and no exponent. */
function figure(value: number): string {
  const decimals = Math.max(0, 2 - Math.floor(Math.log10(Math.max(Math.abs(value), 0.001))))
  return value.toFixed(Math.min(decimals, 3))
}

function aligned(rows: readonly (readonly string[])[]): string {
  const widths = HEADER.map((_, column) => Math.max(...rows.map((row) => row[column]?.length ?? 0)))
  const pad = (cell: string, column: number) =>
    RIGHT_ALIGNED.has(HEADER[column] ?? '') ? cell.padStart(widths[column] ?? 0) : cell.padEnd(widths[column] ?? 0)
  return rows.map((row) => row.map(pad).join('  ').trimEnd()).join('\n')
}
