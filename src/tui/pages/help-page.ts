/** The help of the live view: its keys, its signs, and what its numbers mean. */

import { DELIVERY_STATES } from '../../wire/snapshot.ts'
import { fitLine, type Line, padText, segment } from '../layout/line.ts'
import { STATE_TONES, type Symbols } from '../layout/symbols.ts'
import { KEY_BINDINGS } from '../view/keys.ts'
import { type PageStyle, RIGHT_MARGIN } from './page-style.ts'

const LABEL_COLUMNS = 11
const COLUMN_COLUMNS = 62

/** As many lines as there are rows for them; what a small screen cannot show is in treecast-push(1). */
export function drawHelpPage(style: PageStyle, footer: Line): Line[] {
  const { rows, columns, symbols } = style
  const width = Math.max(1, columns - RIGHT_MARGIN)
  const keys = keyLines(symbols)
  const meanings = meaningLines(symbols)
  const both = width >= COLUMN_COLUMNS * 2 ? besides(keys, meanings) : [...meanings, [], ...keys]
  const title: Line[] = rows >= both.length + 3 ? [[segment('treecast: keys and signs', 'strong')], []] : []
  const lines = [...title, ...both].slice(0, Math.max(0, rows - 1))
  const filler = Array<Line>(Math.max(0, rows - 1 - lines.length)).fill([])
  return [...lines, ...filler, footer].map((line) => fitLine(line, width, symbols.ellipsis))
}

function keyLines(symbols: Symbols): Line[] {
  return KEY_BINDINGS.flatMap(({ label, help = '' }): Line[] =>
    label === undefined ? [] : [[segment(padText(label, LABEL_COLUMNS, symbols), 'strong'), segment(help)]],
  )
}

function meaningLines(symbols: Symbols): Line[] {
  const signs = DELIVERY_STATES.filter((state) => state !== 'active' && state !== 'withdrawn').flatMap((state) => [
    segment(`${symbols.states[state]} `, STATE_TONES[state]),
    segment(`${state} `),
  ])
  return [
    signs,
    [segment('in, out', 'strong'), segment('   what a terminal takes in and gives on; of a finished one: its mean')],
    [segment('response', 'strong'), segment('  from the transport request to the route ack')],
    [segment('F/B', 'strong'), segment('       the time of the content over one link, at the best rate that any')],
    [segment('          one machine has shown. No way of sending is faster.')],
  ]
}

function besides(left: readonly Line[], right: readonly Line[]): Line[] {
  return Array.from({ length: Math.max(left.length, right.length) }, (_, at) => {
    const line = left[at] ?? []
    const width = line.reduce((sum, { text }) => sum + text.length, 0)
    return [...line, segment(' '.repeat(Math.max(2, COLUMN_COLUMNS - width))), ...(right[at] ?? [])]
  })
}
