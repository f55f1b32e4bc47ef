/** What happened between two snapshots that a watcher should hear of: promotions, reroutes, failures, and those that came back. Pure. */

import { escapeText } from '../../system/escape-text.ts'
import { nameOfFirst, type TerminalSnapshot, type TransferSnapshot } from '../../wire/snapshot.ts'
import { MAIN } from '../layout/edges.ts'
import type { Tone } from '../layout/line.ts'

export interface Happening {
  /** Since the transfer began. */
  readonly seconds: number
  /** Handle of the terminal it is about; 0 for the main server. */
  readonly handle: number
  readonly tone: Tone
  /** Fit for a screen: names and messages of others are escaped. */
  readonly text: string
}

/** In the order of the terminals' ranks; nothing between snapshots of different transfers. */
export function happeningsBetween(before: TransferSnapshot, after: TransferSnapshot): Happening[] {
  if (before.transfer !== after.transfer) return []
  const name = namesOf(after)
  const earlier = new Map(before.terminals.map((terminal) => [terminal.handle, terminal]))
  const told = after.terminals.flatMap((terminal): Happening[] => {
    const previous = earlier.get(terminal.handle)
    if (previous === undefined) return []
    const notes = [...notesOfRoute(previous, terminal, name), ...notesOfState(previous, terminal)]
    return notes.map(([tone, text]) => ({
      seconds: after.seconds,
      handle: terminal.handle,
      tone,
      text: `${name(terminal.handle)} ${text}`,
    }))
  })
  return [...notesOfContent(before, after), ...told]
}

type Note = readonly [Tone, string]

/** Every name for the screen, by handle; the main server is `main`, another first server has its own. */
export function namesOf(snapshot: Pick<TransferSnapshot, 'from' | 'terminals'>): (handle: number) => string {
  const names = new Map(snapshot.terminals.map(({ handle, name }) => [handle, escapeText(name)]))
  names.set(MAIN, escapeText(nameOfFirst(snapshot)))
  return (handle) => names.get(handle) ?? String(handle)
}

function notesOfContent(before: TransferSnapshot, after: TransferSnapshot): Happening[] {
  const stored = before.contentDigest === null && after.contentDigest !== null
  const text =
    after.from === null
      ? 'main has the whole content: the transfer no longer needs the pusher'
      : 'main knows the whole content: the transfer no longer needs it'
  return stored ? [{ seconds: after.seconds, handle: MAIN, tone: 'dim', text }] : []
}

function notesOfRoute(before: TerminalSnapshot, after: TerminalSnapshot, name: (handle: number) => string): Note[] {
  const nearer = before.depth !== null && after.depth !== null && after.depth < before.depth
  return after.upstreams.flatMap((upstream, stripe): Note[] => {
    const previous = before.upstreams[stripe] ?? null
    if (previous === null || upstream === null || previous === upstream) return []
    const where = after.upstreams.length > 1 ? `, stripe ${stripe + 1}` : ''
    const what = nearer ? 'is promoted: it now' : 'now'
    return [['waiting', `${what} receives from ${name(upstream)} instead of ${name(previous)}${where}`]]
  })
}

function notesOfState(before: TerminalSnapshot, after: TerminalSnapshot): Note[] {
  const notes: Note[] = []
  const why = after.error === null ? '' : `: ${escapeText(after.error.message)}`
  if (before.state !== after.state) {
    if (after.state === 'failed') notes.push(['bad', `failed${why}`])
    else if (after.state === 'pending') notes.push(['waiting', `is pending${why}`])
    else if (after.state === 'withdrawn') notes.push(['dim', 'took the content out again'])
    else if (before.state === 'failed' || before.state === 'pending') notes.push(['good', 'is tried again'])
  }
  const refused = after.refused - before.refused
  if (refused > 0)
    notes.push(['bad', `refused ${refused === 1 ? 'a packet' : `${refused} packets`} that failed the check`])
  return notes
}
