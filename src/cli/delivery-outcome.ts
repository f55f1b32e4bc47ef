/** What became of a target, in the words of the JSON documents and of the lines: received, active, failed or pending. */

import { type DeliveryStateName, nameOfFirst, type TerminalSnapshot, type TransferSnapshot } from '../wire/snapshot.ts'

export type Outcome = 'received' | 'active' | 'failed' | 'pending'

const OUTCOMES: Readonly<Partial<Record<DeliveryStateName, Outcome>>> = {
  received: 'received',
  active: 'active',
  withdrawn: 'received',
  failed: 'failed',
  cancelled: 'failed',
  pending: 'pending',
}

/** The outcome so far; undefined while the delivery is under way. */
export function outcomeOf({ state }: TerminalSnapshot): Outcome | undefined {
  return OUTCOMES[state]
}

/** Why a target does not have the content, or what there is to say beside it, when there is. */
export function errorOf({ state, error }: TerminalSnapshot): TerminalSnapshot['error'] {
  if (error !== null || state !== 'cancelled') return error
  return { code: 'E_CANCELLED', message: 'the transfer was cancelled' }
}

/** The names of the terminals above this one, each once; the main server is `main`, another first server has its own. */
export function upstreamNames(snapshot: TransferSnapshot): (terminal: TerminalSnapshot) => string[] {
  const names = new Map(snapshot.terminals.map(({ handle, name }) => [handle, name]))
  names.set(0, nameOfFirst(snapshot))
  return ({ upstreams }) => {
    const handles = upstreams.filter((handle) => handle !== null)
    return [...new Set(handles)].map((handle) => names.get(handle) ?? String(handle))
  }
}

/** Tells which targets have got another outcome since the last snapshot. */
export class OutcomeChanges {
  readonly #told = new Map<number, string>()

  /** The terminals whose outcome is new, by rank; each change is told once. `received` and `active` are one outcome here. */
  next(snapshot: TransferSnapshot): TerminalSnapshot[] {
    const changed: TerminalSnapshot[] = []
    for (const terminal of snapshot.terminals) {
      const outcome = outcomeOf(terminal)
      const delivered = outcome === 'active' || outcome === 'received'
      // What there is to say beside the content may come later than the content.
      const told = delivered ? `received ${terminal.error?.code ?? ''}` : outcome
      if (told === undefined || this.#told.get(terminal.handle) === told) continue
      this.#told.set(terminal.handle, told)
      changed.push(terminal)
    }
    return changed.sort((a, b) => a.rank - b.rank)
  }
}
