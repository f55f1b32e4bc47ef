/** The last line of the live view: the keys, the filter while it is typed, or a question. */

import { escapeText } from '../../system/escape-text.ts'
import type { TransferSnapshot } from '../../wire/snapshot.ts'
import { formatPercent } from '../layout/format-quantities.ts'
import { fitLine, type Line, type Segment, segment, widthOf } from '../layout/line.ts'
import type { Symbols } from '../layout/symbols.ts'
import type { ViewState } from '../view/view-state.ts'

/** Why a command has to stay with its transfer: it sends to the terminals itself, or the main server does not have all of it yet. */
export type Stays = 'serves' | 'uploads'

export interface FooterFacts {
  readonly state: ViewState
  readonly snapshot: Pick<TransferSnapshot, 'transfer' | 'stripes' | 'from' | 'bytes' | 'storedBytes'>
  readonly ownsTransfer: boolean
  readonly stays: Stays | undefined
  readonly columns: number
  readonly symbols: Symbols
}

/** The keys that matter now, as many as fit. */
export function drawFooter(facts: FooterFacts): Line {
  const { state, columns, symbols } = facts
  if (state.asking) return drawQuestion(facts)
  if (state.typing) return drawFilter(facts)
  if (state.telling) return drawStays(facts)
  const hints = state.page === 'tree' ? treeHints(facts) : pageHints(facts)
  const line: Segment[] = []
  let used = 0
  for (const [key, text] of hints) {
    const width = widthOf(key) + 1 + widthOf(text) + 2
    if (used + width > columns) break
    line.push(segment(key, 'strong'), segment(` ${text}  `, 'dim'))
    used += width
  }
  return fitLine(line, columns, symbols.ellipsis)
}

type Hint = readonly [string, string]

function treeHints({ symbols: { keys }, snapshot: { stripes }, ownsTransfer, stays }: FooterFacts): Hint[] {
  return [
    ['?', 'help'],
    ['q', ownsTransfer ? 'cancel' : 'leave'],
    ...(ownsTransfer && stays !== 'serves' ? [['d', 'detach'] as const] : []),
    [keys.upDown, 'choose'],
    ['enter', 'detail'],
    ['/', 'filter'],
    ['s', 'sort'],
    [keys.leftRight, 'fold'],
    ...(stripes > 1 ? [['t', 'stripe'] as const] : []),
    ['e', 'what happened'],
  ]
}

function pageHints({ symbols: { keys }, state }: FooterFacts): Hint[] {
  return [
    ['escape', 'back'],
    ...(state.page === 'detail' ? [[keys.upDown, 'another terminal'] as const] : []),
    ['?', 'help'],
  ]
}

function drawFilter({ state, columns, symbols }: FooterFacts): Line {
  const line = [
    segment('/', 'strong'),
    segment(escapeText(state.filter)),
    { ...segment(' '), inverse: true },
    segment('  enter keeps it, escape drops it', 'dim'),
  ]
  return fitLine(line, columns, symbols.ellipsis)
}

/** Before the main server has the content, only this process has. */
function drawStays({ snapshot, stays, columns, symbols }: FooterFacts): Line {
  const { from, bytes, storedBytes } = snapshot
  const far = from !== null || bytes === null ? '' : ` (${formatPercent(storedBytes, bytes)} so far)`
  const text =
    stays === 'serves'
      ? 'This push has to stay to the end: it is what serves the terminals'
      : `This push has to stay until main ${from === null ? 'has' : 'knows'} the whole content${far}`
  return fitLine([segment(text, 'waiting')], columns, symbols.ellipsis)
}

function drawQuestion({ snapshot: { transfer }, stays, columns, symbols }: FooterFacts): Line {
  const what = transfer === null ? 'the push' : `transfer ${transfer}`
  const line = [
    segment(`Cancel ${what} for all who lack it? `, 'bad'),
    segment('y', 'strong'),
    segment(' yes  ', 'dim'),
    ...(stays === undefined ? [segment('d', 'strong'), segment(' detach  ', 'dim')] : []),
    segment('any other key', 'strong'),
    segment(' no', 'dim'),
  ]
  return fitLine(line, columns, symbols.ellipsis)
}
