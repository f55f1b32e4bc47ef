/**
 * Why one terminal is slow, late or failed, in sentences with numbers: `treecast status --explain`. Pure.
 *
 * What is said of causes follows from what was measured: a terminal that has as much as its upstream waits for that one; one that has
 * less, while its upstream has more, is slow itself or on a slow link.
 */

import { escapeText } from '../../system/escape-text.ts'
import type { AnswerTo } from '../../wire/operator-messages.ts'
import { nameOfFirst, type TerminalSnapshot, type TransferSnapshot } from '../../wire/snapshot.ts'
import {
  formatBytes,
  formatMilliseconds,
  formatPercent,
  formatRate,
  formatSeconds,
} from '../layout/format-quantities.ts'
import { wrapText } from '../layout/wrap-text.ts'
import { formatShort } from './rank-reasons.ts'
import type { TableStyle } from './text-table.ts'

export type Explained = Omit<AnswerTo<'explain'>, 'kind'>

/** A terminal this much slower than the usual one is told to be slow. */
const NOTABLE = 1.5

/** Sentences, the most telling first. Names and messages are not escaped yet. */
export function explainTerminal(facts: Explained): string[] {
  return [
    presenceSentence(facts),
    ...(facts.transfer === null ? [`It was a target of no transfer yet.`] : transferSentences(facts, facts.transfer)),
    ...rankSentences(facts),
    ...edgeSentences(facts),
  ]
}

/** A sentence a line; on a screen broken between words. */
export function drawSentences(sentences: readonly string[], { columns = Infinity }: TableStyle): string {
  const lines = sentences.flatMap((sentence) => wrapText(escapeText(sentence), columns))
  return lines.map((line) => `${line}\n`).join('')
}

function presenceSentence({ terminal }: Explained): string {
  const { name, online, address, lastSeenAt, leaf, excluded, freeBytes } = terminal
  const room = freeBytes === null ? '' : ` and has ${formatBytes(freeBytes)} free`
  const how = excluded ? '; an operator keeps it from relaying' : leaf ? '; it is a leaf and never relays' : ''
  if (online) return `${name} is online${address === null ? '' : ` at ${address}`}${room}${how}.`
  const seen = lastSeenAt === null ? 'has never been seen' : `came last at ${lastSeenAt}`
  return `${name} is offline (it ${seen}): it gets what is pending when it is back${how}.`
}

function transferSentences({ terminal }: Explained, transfer: TransferSnapshot): string[] {
  const target = transfer.terminals.find(({ name }) => name === terminal.name)
  if (target === undefined) return []
  const others = transfer.terminals.filter((other) => other !== target)
  return [
    outcomeSentence(target, transfer),
    ...(target.error === null ? [] : [`The reason: ${target.error.message}`]),
    ...waitingSentences(target, transfer),
    ...timeSentences(target, others),
    ...diskSentences(target, transfer),
    ...predictionSentences(transfer),
    ...troubleSentences(target),
  ]
}

function outcomeSentence(target: TerminalSnapshot, transfer: TransferSnapshot): string {
  const { state, bytes, seconds, bytesPerSecond } = target
  const what = `transfer ${transfer.transfer} (${transfer.name})`
  const whole = transfer.bytes ?? transfer.storedBytes
  const from = upstreamsOf(target, transfer).map(({ name }) => name)
  const sources = from.length === 0 ? '' : ` from ${from.join(' and ')}`
  const has = `${formatBytes(bytes)} of ${formatBytes(whole)} (${formatPercent(bytes, whole)})`
  switch (state) {
    case 'received':
    case 'active':
    case 'withdrawn':
      return `In ${what} it is ${state}: it got ${formatBytes(bytes)}${sources}${seconds === null ? '' : ` in ${formatSeconds(seconds)}`}.`
    case 'receiving':
      return `In ${what} it is receiving${sources}: ${has}, now at ${formatRate(bytesPerSecond)}.`
    case 'planned':
      return `In ${what} it is planned: no transport request has reached it yet.`
    case 'routed':
      return `In ${what} it has its upstreams${sources}, and no packet yet.`
    default:
      return `In ${what} it is ${state}, with ${has}${sources}.`
  }
}

/** What a delivery that is under way waits for. */
function waitingSentences(target: TerminalSnapshot, transfer: TransferSnapshot): string[] {
  if (target.state !== 'receiving' && target.state !== 'routed') return []
  const whole = transfer.bytes ?? transfer.storedBytes
  return upstreamsOf(target, transfer).map((upstream) => {
    const rate = target.sources.find(({ handle }) => handle === upstream.handle)?.bytesPerSecond
    const comes = rate === undefined ? '' : `, and ${formatRate(rate)} come from it`
    const has = `${upstream.name} has ${formatPercent(upstream.bytes, whole)}${comes}`
    if (upstream.bytes <= target.bytes * 1.02) return `Its upstream ${has}: it waits for that one.`
    return `Its upstream ${has}: more than it has taken, so the link between them or the terminal itself is what is slow.`
  })
}

/** How long it took or how far it is, against the others. */
function timeSentences(target: TerminalSnapshot, others: readonly TerminalSnapshot[]): string[] {
  const times = others.flatMap(({ seconds }) => (seconds === null ? [] : [seconds]))
  const usual = middle(times)
  if (target.seconds !== null && usual !== undefined) {
    const place = times.filter((seconds) => seconds < (target.seconds ?? 0)).length + 1
    const ratio = usual === 0 ? 1 : target.seconds / usual
    const slow = ratio >= NOTABLE ? `: ${ratio.toFixed(1)} times as long` : ''
    return [
      `Half of the other targets took ${formatSeconds(usual)} or less${slow}; it was number ${place} of ${times.length + 1} to have it.`,
    ]
  }
  const rates = others.filter(({ state }) => state === 'receiving').map(({ bytesPerSecond }) => bytesPerSecond)
  const rate = middle(rates)
  if (target.state !== 'receiving' || rate === undefined) return []
  return [`Half of the ${rates.length} others that are receiving do so at ${formatRate(rate)} or more.`]
}

/** How long its disk took to make the content durable: a reason when that was most of the time, and more than elsewhere. */
function diskSentences(target: TerminalSnapshot, transfer: TransferSnapshot): string[] {
  const { diskSeconds, seconds } = target
  if (diskSeconds === null) return []
  const all = seconds ?? transfer.seconds
  const usual = middle(transfer.terminals.flatMap((other) => (other === target ? [] : (other.diskSeconds ?? []))))
  const against = usual === undefined ? '' : `, where ${formatShort(usual)} is usual`
  const isSlow = diskSeconds >= all / 2 && (usual === undefined || diskSeconds >= usual * NOTABLE)
  const verdict = isSlow ? ': that was the slow part' : ''
  const share = all === 0 ? '' : ` of these ${formatSeconds(all)} (${formatPercent(diskSeconds, all)})`
  return [`Its disk took ${formatShort(diskSeconds)}${share} to make it durable${against}${verdict}.`]
}

/** How well the plan was predicted: what was known of the terminals when it was made. */
function predictionSentences({ state, seconds, predictedSeconds }: TransferSnapshot): string[] {
  if (predictedSeconds === 0) return []
  const isUnderWay = state === 'receiving' || state === 'distributing'
  const taken = isUnderWay ? 'has been under way for' : 'took'
  const ratio = seconds / predictedSeconds
  const late = ratio >= NOTABLE ? `: ${ratio.toFixed(1)} times as long` : ''
  return [
    `The transfer ${taken} ${formatSeconds(seconds)}, where its plan was predicted to take ${formatSeconds(predictedSeconds)}${late}.`,
  ]
}

function troubleSentences({ attempts, refused, responseMs }: TerminalSnapshot): string[] {
  const sentences: string[] = []
  if (attempts > 1) sentences.push(`It was given its place ${attempts} times: upstreams were lost, or it came back.`)
  if (refused > 0) sentences.push(`${refused} packets failed a check there and were asked for again.`)
  // Before the first attempt it is what was measured in other transfers.
  if (responseMs !== null && attempts > 0)
    sentences.push(`It answered this transfer's request after ${formatMilliseconds(responseMs)}.`)
  return sentences
}

function rankSentences({ terminal, terminals, fastest, usualResponseMs, usualBytesPerSecond }: Explained): string[] {
  const { rank, score, responseMs, bytesPerSecond, successRate, pinned } = terminal
  const place = `It ranks ${rank} of ${terminals}${pinned ? ', pinned by an operator' : ''}`
  if (score === null) return [`${place}: it never answered, so nothing was measured.`]
  const against =
    fastest === null || fastest.name === terminal.name || fastest.seconds === 0
      ? ''
      : `, ${timesThatOf(score.seconds / fastest.seconds)} that of ${fastest.name}, the fastest`
  const sentences = [`${place}: its score is ${formatShort(score.seconds)}${against}.`]
  if (responseMs !== null)
    sentences.push(
      compare('It answers in', formatMilliseconds, { own: responseMs, usual: usualResponseMs, smaller: true }),
    )
  sentences.push(
    bytesPerSecond === null
      ? 'Its throughput was never measured: that takes a transfer of 1 MiB or more, or treecast rank --probe.'
      : compare('It takes content in at', formatRate, {
          own: bytesPerSecond,
          usual: usualBytesPerSecond,
          smaller: false,
        }),
  )
  if (successRate !== null && successRate < 1)
    sentences.push(
      `${Math.floor(successRate * 100)} % of its deliveries succeeded, the last ones counting most: that adds ${formatShort(score.retrySeconds)} to its score.`,
    )
  return sentences
}

/** What rounds to once is not worth a number. */
function timesThatOf(ratio: number): string {
  return ratio < 1.05 ? 'about' : `${ratio.toFixed(1)} times`
}

function compare(
  what: string,
  format: (value: number) => string,
  { own, usual, smaller }: { own: number; usual: number | null; smaller: boolean },
): string {
  if (usual === null || usual === 0 || own === 0) return `${what} ${format(own)}.`
  const factor = smaller ? own / usual : usual / own
  const verdict = factor >= NOTABLE ? `: ${factor.toFixed(1)} times slower` : ''
  return `${what} ${format(own)}, where ${format(usual)} is usual${verdict}.`
}

function edgeSentences({ edges }: Explained): string[] {
  if (edges.length === 0) return []
  const list = edges
    .slice(0, 5)
    .map(({ upstream, bytesPerSecond, samples }) => `${upstream} ${formatRate(bytesPerSecond)} (${samples}×)`)
    .join(', ')
  return [`Upstreams before, with the rate that came from each: ${list}.`]
}

interface Upstream {
  readonly handle: number
  readonly name: string
  readonly bytes: number
}

function upstreamsOf({ upstreams }: TerminalSnapshot, transfer: TransferSnapshot): Upstream[] {
  const handles = [...new Set(upstreams.filter((handle) => handle !== null))]
  return handles.map((handle) => {
    const terminal = transfer.terminals.find((other) => other.handle === handle)
    if (terminal === undefined) return { handle, name: nameOfFirst(transfer), bytes: bytesOfFirst(transfer) }
    return { handle, name: terminal.name, bytes: terminal.bytes }
  })
}

/** Of a content that another node provides, the main server holds none. */
function bytesOfFirst({ from, bytes, storedBytes }: TransferSnapshot): number {
  return from === null ? storedBytes : (bytes ?? 0)
}

function middle(values: readonly number[]): number | undefined {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)]
}
