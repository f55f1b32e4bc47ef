/** The head of a transfer's drawing: what is sent, how, and how far it is as a whole. */

import { escapeText } from '../../system/escape-text.ts'
import type { TransferSnapshot } from '../../wire/snapshot.ts'
import { drawBar } from './bar.ts'
import { formatBytes, formatClock, formatEntries, formatRate, formatSeconds } from './format-quantities.ts'
import { fitLine, fitText, type Line, type Segment, segment, widthOf } from './line.ts'
import { linkTimeOf } from './link-time.ts'
import { type Symbols, TRANSFER_TONES } from './symbols.ts'
import { totalsOf } from './totals.ts'

export interface HeaderStyle {
  readonly columns: number
  readonly symbols: Symbols
  /** Time since the transfer began, as it should read now. */
  readonly elapsedSeconds: number
}

const COMPRESSION_WORDS: Readonly<Record<TransferSnapshot['compression'], string>> = {
  auto: 'auto compression',
  zstd: 'zstd',
  lz4: 'lz4',
  none: 'no compression',
}

const SMALLEST_BAR = 10
const LARGEST_BAR = 60
/** Percent and counts beside the bar, each as wide as it gets, so that the bar keeps its length. */
const WIDEST_COUNTS = ' 100 %  1000/1000 delivered  1000 failed  1000 pending'.length

/** Title, properties, progress and speed: four lines. */
export function drawHeader(snapshot: TransferSnapshot, style: HeaderStyle): Line[] {
  const top = [drawTitle(snapshot, style), drawProperties(snapshot, style)]
  return [...top, drawOverall(snapshot, style), drawSpeed(snapshot, style)]
}

/** `transfer 42  photos.tar → web/photos.tar`; before the transfer is recorded, `plan`. */
export function drawTitle(snapshot: TransferSnapshot, { columns, symbols, elapsedSeconds }: HeaderStyle): Line {
  const state = snapshot.transfer === null ? '' : snapshot.state
  const clock = snapshot.transfer === null ? '' : `  ${formatClock(elapsedSeconds)}`
  const number = snapshot.transfer === null ? 'plan' : `transfer ${snapshot.transfer}`
  const room = columns - widthOf(number) - widthOf(state) - widthOf(clock) - 4
  const name = fitText(describeContent(snapshot, symbols), Math.max(0, room), symbols.ellipsis)
  const blanks = ' '.repeat(Math.max(0, room + 2 - widthOf(name)))
  const line = [
    segment(`${number}  `, 'dim'),
    segment(name, 'strong'),
    segment(blanks),
    segment(state, TRANSFER_TONES[snapshot.state]),
    segment(clock),
  ]
  return fitLine(line, columns, symbols.ellipsis)
}

/** `24.0 MiB · classic, fan-out 3 · aes-256-gcm · zstd`, cut where the screen ends. */
function drawProperties(snapshot: TransferSnapshot, { columns, symbols }: HeaderStyle): Line {
  const text = propertiesOf(snapshot).join(` ${symbols.dot} `)
  return fitLine([segment(text, 'dim')], columns, symbols.ellipsis)
}

/** The same in as many lines as it takes. */
export function wrapProperties(snapshot: TransferSnapshot, { columns, symbols }: HeaderStyle): Line[] {
  const separator = ` ${symbols.dot} `
  const lines: string[] = []
  for (const part of propertiesOf(snapshot)) {
    const longer = [...lines.slice(-1), part].join(separator)
    if (widthOf(longer) <= columns) lines.splice(-1, 1, longer)
    else lines.push(part)
  }
  return lines.map((text) => fitLine([segment(text, 'dim')], columns, symbols.ellipsis))
}

function propertiesOf(snapshot: TransferSnapshot): string[] {
  const size = snapshot.bytes === null ? `${formatBytes(snapshot.storedBytes)} so far` : formatBytes(snapshot.bytes)
  const compression = COMPRESSION_WORDS[snapshot.compression]
  const stripes = snapshot.stripes > 1 ? [`${snapshot.stripes} stripes`] : []
  const tree = [snapshot.tree, ...stripes, `fan-out ${snapshot.fanOut}`].join(', ')
  const entries = snapshot.entries === null ? [] : [formatEntries(snapshot.entries)]
  const expected = snapshot.transfer === null ? [`about ${formatSeconds(snapshot.predictedSeconds)}`] : []
  return [size, ...entries, tree, snapshot.cipher, compression, ...expected]
}

function drawOverall(snapshot: TransferSnapshot, { columns, symbols }: HeaderStyle): Line {
  const { fraction } = totalsOf(snapshot)
  const barColumns = Math.min(LARGEST_BAR, Math.max(SMALLEST_BAR, columns - WIDEST_COUNTS))
  const percent = fraction === undefined ? '' : `${Math.floor(fraction * 100)} %`
  const line: Segment[] = [
    ...drawBar(fraction ?? 0, { columns: barColumns, tone: TRANSFER_TONES[snapshot.state], symbols }),
    segment(percent.padStart(7), 'strong'),
    segment(`  ${snapshot.delivered}/${snapshot.terminals.length} delivered`),
    ...(snapshot.failed > 0 ? [segment(`  ${snapshot.failed} failed`, 'bad')] : []),
    ...(snapshot.pending > 0 ? [segment(`  ${snapshot.pending} pending`, 'waiting')] : []),
  ]
  return fitLine(line, columns, symbols.ellipsis)
}

/** `61.0 MiB/s in all · 0:08 left · F/B 0:17 at 5.6 MiB/s, now 0.7 × that`. */
function drawSpeed(snapshot: TransferSnapshot, { columns, symbols, elapsedSeconds }: HeaderStyle): Line {
  const { bytesPerSecond, secondsLeft } = totalsOf(snapshot)
  const isMoving = bytesPerSecond > 0 && (snapshot.state === 'distributing' || snapshot.state === 'receiving')
  const left = isMoving && secondsLeft !== undefined ? [`${formatClock(Math.ceil(secondsLeft))} left`] : []
  const parts = [...(isMoving ? [`${formatRate(bytesPerSecond)} in all`] : []), ...left]
  const link = linkTimeOf(snapshot)
  if (link !== undefined) {
    const factor = `${(elapsedSeconds / link.seconds).toFixed(1)} ${symbols.times} F/B`
    parts.push(`${factor} (${formatSeconds(link.seconds)} at ${formatRate(link.bytesPerSecond)})`)
  }
  const separator = segment(` ${symbols.dot} `, 'dim')
  const line = parts.flatMap((part, at) => (at === 0 ? [segment(part)] : [separator, segment(part)]))
  return fitLine(line, columns, symbols.ellipsis)
}

function describeContent({ name, destination }: TransferSnapshot, { arrow }: Symbols): string {
  // Several PATHs that land in the inbox itself.
  const isPlain = name === destination || destination === '.'
  return isPlain ? escapeText(name) : `${escapeText(name)} ${arrow} ${escapeText(destination)}`
}
