/** What the drawings are made of: Unicode where the locale says UTF-8, plain ASCII elsewhere. Every symbol is one column wide. */

import type { DeliveryStateName, TransferStateName } from '../../wire/snapshot.ts'
import type { Tone } from './line.ts'

export interface Symbols {
  /** A branch to a terminal that has siblings below it, and to the last one. */
  readonly branch: string
  readonly lastBranch: string
  /** Beside the rows below such terminals. */
  readonly trunk: string
  readonly gap: string
  readonly ellipsis: string
  readonly dot: string
  readonly arrow: string
  /** Before the chosen row. */
  readonly cursor: string
  readonly times: string
  /** How keys are written. */
  readonly keys: { readonly upDown: string; readonly leftRight: string }
  readonly barFull: string
  readonly barEmpty: string
  /** Half a column of bar; empty where there is none. */
  readonly barHalf: string
  readonly states: Readonly<Record<DeliveryStateName, string>>
}

const UNICODE: Symbols = {
  branch: '├─',
  lastBranch: '╰─',
  trunk: '│ ',
  gap: '  ',
  ellipsis: '…',
  dot: '·',
  arrow: '→',
  cursor: '▸',
  times: '×',
  keys: { upDown: '↑↓', leftRight: '←→' },
  barFull: '━',
  barEmpty: '─',
  barHalf: '╸',
  states: {
    planned: '○',
    routed: '◌',
    receiving: '◐',
    received: '●',
    active: '●',
    withdrawn: '◍',
    failed: '✕',
    pending: '◔',
    cancelled: '⊘',
  },
}

const ASCII: Symbols = {
  branch: '|-',
  lastBranch: '`-',
  trunk: '| ',
  gap: '  ',
  ellipsis: '~',
  dot: '-',
  arrow: '->',
  cursor: '>',
  times: 'x',
  keys: { upDown: 'up/down', leftRight: 'left/right' },
  barFull: '#',
  barEmpty: '.',
  barHalf: '',
  states: {
    planned: 'o',
    routed: 'o',
    receiving: '>',
    received: '*',
    active: '*',
    withdrawn: '-',
    failed: 'x',
    pending: '?',
    cancelled: '-',
  },
}

export function symbolsFor(unicode: boolean): Symbols {
  return unicode ? UNICODE : ASCII
}

/** What a watcher wants to see first: the lower, the sooner. */
export const STATE_ORDER: Readonly<Record<DeliveryStateName, number>> = {
  receiving: 0,
  failed: 1,
  routed: 2,
  pending: 3,
  planned: 4,
  cancelled: 5,
  received: 6,
  active: 6,
  withdrawn: 6,
}

export const STATE_TONES: Readonly<Record<DeliveryStateName, Tone>> = {
  planned: 'dim',
  routed: 'dim',
  receiving: 'busy',
  received: 'good',
  active: 'good',
  withdrawn: 'dim',
  failed: 'bad',
  pending: 'waiting',
  cancelled: 'dim',
}

export const TRANSFER_TONES: Readonly<Record<TransferStateName, Tone>> = {
  receiving: 'busy',
  distributing: 'busy',
  complete: 'good',
  partial: 'waiting',
  failed: 'bad',
  cancelled: 'dim',
}
