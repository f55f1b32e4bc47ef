/** The last line of the live view: the keys, the filter while it is typed, or a question. */

import { escapeText } from '../../system/escape-text.ts'
import { fitLine, type Line, type Segment, segment, widthOf } from '../layout/line.ts'
import type { Symbols } from '../layout/symbols.ts'
import type { ViewState } from '../view/view-state.ts'

export interface FooterFacts {
  readonly state: ViewState
  readonly transfer: number | null
  readonly stripes: number
  readonly ownsTransfer: boolean
  readonly columns: number
  readonly symbols: Symbols
}

/** The keys that matter now, as many as fit. */
export function drawFooter(facts: FooterFacts): Line {
  const { state, columns, symbols } = facts
  if (state.asking) return drawQuestion(facts)
  if (state.typing) return drawFilter(facts)
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

function treeHints({ symbols: { keys }, stripes, ownsTransfer }: FooterFacts): Hint[] {
  return [
    ['?', 'help'],
    ['q', ownsTransfer ? 'cancel' : 'leave'],
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

function drawQuestion({ transfer, columns, symbols }: FooterFacts): Line {
  const what = transfer === null ? 'the push' : `transfer ${transfer}`
  const line = [
    segment(`Cancel ${what} for all who do not have it yet? `, 'bad'),
    segment('y', 'strong'),
    segment(' yes  ', 'dim'),
    segment('any other key', 'strong'),
    segment(' no', 'dim'),
  ]
  return fitLine(line, columns, symbols.ellipsis)
}
