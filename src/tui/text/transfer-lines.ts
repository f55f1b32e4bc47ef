/** A transfer in single lines, for screens that do not move and for logs. Names and messages of others are escaped. */

import { escapeText } from '../../system/escape-text.ts'
import type { TerminalSnapshot, TransferSnapshot } from '../../wire/snapshot.ts'
import { formatBytes, formatEntries, formatSeconds } from '../layout/format-quantities.ts'
import { shortTime } from './rank-table.ts'

export interface TargetFacts {
  readonly terminal: TerminalSnapshot
  readonly outcome: 'received' | 'active' | 'failed' | 'pending'
  /** Names of the terminals it got the content from. */
  readonly upstreams: readonly string[]
  /** Why it does not have the content, or what there is to say beside it. */
  readonly message: string | undefined
}

/** `web7 received 24.0 MiB in 3.2 s from web2`, `web9 failed: …`, `web4 pending: offline`. */
export function describeTarget({ terminal, outcome, upstreams, message }: TargetFacts): string {
  const name = escapeText(terminal.name)
  if (outcome === 'failed' || outcome === 'pending') {
    return message === undefined ? `${name} ${outcome}` : `${name} ${outcome}: ${escapeText(message)}`
  }
  const time = terminal.seconds === null ? '' : ` in ${formatSeconds(terminal.seconds)}`
  const from = upstreams.length === 0 ? '' : ` from ${upstreams.map(escapeText).join(', ')}`
  const remark = message === undefined ? '' : `, but ${escapeText(message)}`
  return `${name} received ${formatBytes(terminal.bytes)}${time}${from}${remark}`
}

/** More lines than this tell nobody anything in a mail. */
const MOST_MISSING = 50

/** A line for each of these targets, indented; of very many, how many more there are. */
export function describeMissing(targets: readonly TargetFacts[]): string[] {
  const lines = targets.slice(0, MOST_MISSING).map((target) => `  ${describeTarget(target)}`)
  const more = targets.length - lines.length
  return more === 0 ? lines : [...lines, `  and ${more} more`]
}

/** `transfer 42 complete: 39 of 39 targets have photos.tar (24.0 MiB) after 3.2 s`. */
export function describeResult(snapshot: TransferSnapshot, { final }: { final: boolean }): string {
  const { transfer, delivered, terminals, failed, pending, seconds } = snapshot
  const bytes = formatBytes(snapshot.bytes ?? snapshot.storedBytes)
  const entries = snapshot.entries === null ? '' : `, ${formatEntries(snapshot.entries)}`
  const content = `${escapeText(snapshot.name)} (${bytes}${entries})`
  if (!final)
    return `transfer ${transfer} goes on: the main server has ${content}. Follow it with: treecast status ${transfer} --watch`
  const missing = [failed > 0 ? `${failed} failed` : '', pending > 0 ? `${pending} pending` : ''].filter(
    (part) => part !== '',
  )
  const rest = missing.length === 0 ? '' : `, ${missing.join(', ')}`
  const state = delivered >= terminals.length ? 'complete' : delivered > 0 ? 'partial' : 'failed'
  const targets = terminals.length === 1 ? '1 target has' : `${terminals.length} targets have`
  const times = describeTimes(snapshot)
  return `transfer ${transfer} ${state}: ${delivered} of ${targets} ${content} after ${formatSeconds(seconds)}${rest}${times}`
}

/** `; it goes live at 2026-12-24T18:00:00Z`, while somebody waits for that. */
function describeTimes({ activateAt, terminals }: TransferSnapshot): string {
  if (activateAt === null || !terminals.some(({ state }) => state === 'received')) return ''
  return `; it goes live at ${escapeText(shortTime(activateAt))}`
}

/** `took 3.2 s, predicted 3.0 s`, or `3.2 s so far, …`; no prediction where no terminal was there. */
export function describeDuration({ state, seconds, predictedSeconds }: TransferSnapshot): string {
  const isUnderWay = state === 'receiving' || state === 'distributing'
  const taken = isUnderWay ? `${formatSeconds(seconds)} so far` : `took ${formatSeconds(seconds)}`
  return predictedSeconds === 0 ? taken : `${taken}, predicted ${formatSeconds(predictedSeconds)}`
}

/** `transfer 42 is cancelled: 37 targets will not show photos.tar, 2 show it already`; `was already cancelled` the second time. */
export function describeCancellation(
  { transfer, state, name, terminals }: TransferSnapshot,
  { already }: { already: boolean },
): string {
  const count = (wanted: TerminalSnapshot['state']) => terminals.filter((terminal) => terminal.state === wanted).length
  const content = escapeText(name)
  if (state !== 'cancelled') return `transfer ${transfer} is over (${state}): nothing was left to cancel`
  const targets = (number: number) => (number === 1 ? '1 target' : `${number} targets`)
  const active = count('active')
  const shown = active === 0 ? '' : `, ${targets(active)} ${active === 1 ? 'shows' : 'show'} it already`
  return `transfer ${transfer} ${already ? 'was already' : 'is'} cancelled: ${targets(count('cancelled'))} will not show ${content}${shown}`
}
