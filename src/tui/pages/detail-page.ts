/** All that is known of one terminal in a transfer: progress, edges above and below it, retries, error, times, what happened to it. */

import { escapeText } from '../../system/escape-text.ts'
import type { TerminalSnapshot, TransferSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from '../layout/bar.ts'
import { type Edge, edgesOf } from '../layout/edges.ts'
import {
  formatBytes,
  formatClock,
  formatMilliseconds,
  formatPercent,
  formatRate,
  formatSeconds,
} from '../layout/format-quantities.ts'
import { drawTitle } from '../layout/header.ts'
import { fitLine, type Line, padText, segment } from '../layout/line.ts'
import { STATE_TONES, type Symbols } from '../layout/symbols.ts'
import { hasAll } from '../layout/terminal-row.ts'
import { wrapText } from '../layout/wrap-text.ts'
import { formatShort } from '../text/rank-reasons.ts'
import { type Cell, drawTable } from '../text/text-table.ts'
import { type Happening, namesOf } from '../view/happenings.ts'
import { drawHappenings } from './happening-lines.ts'
import { type PageStyle, RIGHT_MARGIN } from './page-style.ts'

export interface DetailPage {
  readonly snapshot: TransferSnapshot
  readonly terminal: TerminalSnapshot
  readonly happenings: readonly Happening[]
}

const SMALLEST_BAR = 10
const LARGEST_BAR = 40
/** What stands beside the bar, as wide as it gets, so that the bar keeps its length. */
const WIDEST_AMOUNT = '   99 %  1023.9 MiB of 1023.9 MiB, 100000 packets'.length
const LABEL_COLUMNS = 12

export function drawDetailPage(page: DetailPage, style: PageStyle, footer: Line): Line[] {
  const { snapshot, terminal } = page
  const { rows, symbols, elapsedSeconds } = style
  const columns = Math.max(1, style.columns - RIGHT_MARGIN)
  const own = page.happenings.filter(({ handle }) => handle === terminal.handle).slice(-4)
  const lines = [
    drawTitle(snapshot, { columns, symbols, elapsedSeconds }),
    [],
    drawName(terminal, symbols),
    drawProgress(terminal, snapshot, { symbols, columns }),
    [],
    ...facts(terminal, snapshot, { symbols, columns }),
    [],
    ...drawHappenings(own),
    ...(own.length === 0 ? [] : [[]]),
    ...edgeTables(page),
  ]
  const shown = lines.slice(0, Math.max(0, rows - 1))
  const filler = Array<Line>(Math.max(0, rows - 1 - shown.length)).fill([])
  return [...shown, ...filler, footer].map((line) => fitLine(line, columns, symbols.ellipsis))
}

function drawName({ name, rank, leaf, state, depth }: TerminalSnapshot, { states, dot }: Symbols): Line {
  const place = [`rank ${rank}`, ...(depth === null ? [] : [`level ${depth}`]), ...(leaf ? ['leaf'] : [])]
  return [
    segment(`${states[state]} `, STATE_TONES[state]),
    segment(escapeText(name), 'strong'),
    segment(`  ${place.join(` ${dot} `)}  `, 'dim'),
    segment(state, STATE_TONES[state]),
  ]
}

function drawProgress(
  terminal: TerminalSnapshot,
  { bytes }: TransferSnapshot,
  { symbols, columns }: { symbols: Symbols; columns: number },
): Line {
  const done = hasAll(terminal)
  const fraction = done ? 1 : bytes === null || bytes === 0 ? 0 : terminal.bytes / bytes
  const percent = bytes === null || done ? '' : `${formatPercent(terminal.bytes, bytes)}  `
  const whole = bytes === null ? '' : ` of ${formatBytes(bytes)}`
  const amount = `${formatBytes(terminal.bytes)}${whole}, ${terminal.packets} packets`
  const barColumns = Math.max(SMALLEST_BAR, Math.min(LARGEST_BAR, columns - WIDEST_AMOUNT))
  return [
    ...drawBar(fraction, { columns: barColumns, tone: STATE_TONES[terminal.state], symbols }),
    segment(`  ${percent}${amount}`),
  ]
}

function facts(
  terminal: TerminalSnapshot,
  snapshot: TransferSnapshot,
  { symbols, columns }: { symbols: Symbols; columns: number },
): Line[] {
  const { bytesPerSecond, responseMs, attempts, refused, diskSeconds } = terminal
  const out = edgesOf(snapshot).outRates.get(terminal.handle) ?? 0
  const fact = (label: string, text: string): Line => [
    segment(padText(label, LABEL_COLUMNS, symbols), 'dim'),
    segment(text),
  ]
  const refusals = refused === 0 ? 'no packet refused' : `${refused} packets refused by the check and asked for again`
  return [
    fact('rate', `${formatRate(bytesPerSecond)} in, ${formatRate(out)} out`),
    fact('time', timeOf(terminal, snapshot)),
    fact('response', responseMs === null ? 'not measured yet' : formatMilliseconds(responseMs)),
    fact('attempts', `${attempts} ${attempts === 1 ? 'route' : 'routes'} ${symbols.dot} ${refusals}`),
    ...(diskSeconds === null ? [] : [fact('disk', `${formatShort(diskSeconds)} to make it durable`)]),
    ...errorLines(terminal, columns - LABEL_COLUMNS).map((line, place) => fact(place === 0 ? 'error' : '', line)),
  ]
}

/** The whole error: there is no other place for it on a narrow screen. */
function errorLines({ error }: TerminalSnapshot, columns: number): string[] {
  return error === null ? [] : wrapText(`${escapeText(error.message)} (${escapeText(error.code)})`, columns)
}

function timeOf(terminal: TerminalSnapshot, { bytes }: TransferSnapshot): string {
  const { seconds, bytesPerSecond, state } = terminal
  if (seconds !== null) {
    const mean = seconds > 0 ? `, ${formatRate(terminal.bytes / seconds)} on average` : ''
    return `${formatSeconds(seconds)}${mean}`
  }
  if (state !== 'receiving' || bytes === null || bytesPerSecond < 1) return 'not known yet'
  return `about ${formatClock(Math.ceil(Math.max(0, bytes - terminal.bytes) / bytesPerSecond))} left`
}

function edgeTables({ snapshot, terminal }: DetailPage): Line[] {
  const { all } = edgesOf(snapshot)
  const name = namesOf(snapshot)
  const above = all.filter(({ to }) => to === terminal.handle)
  const below = all.filter(({ from, stripes }) => from === terminal.handle && stripes.length > 0)
  return [
    ...(above.length === 0 ? [] : edgeTable('receives from', above, { name, other: ({ from }) => from, snapshot })),
    ...(below.length === 0 ? [] : [[], ...edgeTable('sends to', below, { name, other: ({ to }) => to, snapshot })]),
  ]
}

interface EdgeNames {
  readonly name: (handle: number) => string
  readonly other: (edge: Edge) => number
  readonly snapshot: TransferSnapshot
}

function edgeTable(heading: string, edges: readonly Edge[], { name, other, snapshot }: EdgeNames): Line[] {
  const striped = snapshot.stripes > 1
  const columns = [
    { heading },
    ...(striped ? [{ heading: 'stripes' }] : []),
    { heading: 'bytes', align: 'right' as const },
    { heading: 'rate', align: 'right' as const },
    { heading: '' },
  ]
  const rows = edges.map((edge): Cell[] => [
    { text: name(other(edge)) },
    ...(striped ? [{ text: edge.stripes.map((stripe) => stripe + 1).join(', ') || '-' }] : []),
    { text: formatBytes(edge.bytes) },
    { text: edge.bytesPerSecond >= 1 ? formatRate(edge.bytesPerSecond) : '-' },
    { text: edge.stripes.length === 0 ? 'before' : '', tone: 'dim' },
  ])
  return drawTable(columns, rows)
}
