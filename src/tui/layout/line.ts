/**
 * A line of a drawing: pieces of text, each with a tone. What a tone looks like is decided where it is painted, by Ink or as escape
 * sequences; without colours nothing is lost but colour.
 *
 * Guarantee: `fitText` and `padText` never make more than the asked columns of a monospace terminal, wide characters counted as two.
 */

import stringWidth from 'string-width'

export type Tone = 'plain' | 'strong' | 'dim' | 'good' | 'busy' | 'bad' | 'waiting'

export interface Segment {
  readonly text: string
  readonly tone: Tone
  /** Drawn with foreground and background changed places. */
  readonly inverse?: boolean
}

export type Line = readonly Segment[]

export function segment(text: string, tone: Tone = 'plain'): Segment {
  return { text, tone }
}

/** The line's text without its tones and without blanks at its end. */
export function plainText(line: Line): string {
  return line
    .map((piece) => piece.text)
    .join('')
    .trimEnd()
}

/** The line as the chosen one of a list: one inverse bar of `columns`, without tones, which would make patches of colour of it. */
export function chosenLine(line: Line, columns: number): Line {
  const width = widthOf(line.map((piece) => piece.text).join(''))
  const filled = [...line, segment(' '.repeat(Math.max(0, columns - width)))]
  return filled.map(({ text }) => ({ text, tone: 'plain', inverse: true }))
}

/** ASCII and what the drawings are made of: each of these is one column wide. Nearly all text is, and measuring anything is slow. */
const NARROW = /^[ -~\u2500-\u257f○◌◐●◍✕◔⊘…·→←↑↓▸▁-█×]*$/

/** Columns that the text takes on a terminal screen. */
export function widthOf(text: string): number {
  return NARROW.test(text) ? text.length : stringWidth(text)
}

/** The text cut to `columns`, with `ellipsis` where something is missing. */
export function fitText(text: string, columns: number, ellipsis: string): string {
  if (widthOf(text) <= columns) return text
  const room = columns - widthOf(ellipsis)
  if (room < 0) return ''
  if (NARROW.test(text)) return text.slice(0, room) + ellipsis
  let kept = ''
  let used = 0
  for (const { segment: character } of new Intl.Segmenter().segment(text)) {
    used += widthOf(character)
    if (used > room) break
    kept += character
  }
  return kept + ellipsis
}

/** The text cut to `columns` in its middle: the ends of names tell them apart. */
export function fitMiddle(text: string, columns: number, ellipsis: string): string {
  if (widthOf(text) <= columns) return text
  const room = Math.max(0, columns - widthOf(ellipsis))
  const start = fitText(text, Math.ceil(room / 2), '')
  const backwards = [...new Intl.Segmenter().segment(text)].map(({ segment: character }) => character).reverse()
  let end = ''
  for (const character of backwards) {
    if (widthOf(character + end) > room - widthOf(start)) break
    end = character + end
  }
  return start + ellipsis + end
}

/** The text cut or filled with blanks to exactly `columns`. */
export function padText(
  text: string,
  columns: number,
  options: { ellipsis: string; align?: 'left' | 'right' },
): string {
  const fitted = fitText(text, columns, options.ellipsis)
  const blanks = ' '.repeat(Math.max(0, columns - widthOf(fitted)))
  return options.align === 'right' ? blanks + fitted : fitted + blanks
}

/** The line cut to `columns`, with `ellipsis` where something is missing. */
export function fitLine(line: Line, columns: number, ellipsis: string): Line {
  if (widthOf(line.map((piece) => piece.text).join('')) <= columns) return line
  const pieces: Segment[] = []
  let left = columns - widthOf(ellipsis)
  for (const piece of line) {
    const text = fitText(piece.text, left, '')
    pieces.push({ ...piece, text })
    left -= widthOf(text)
    if (text !== piece.text) break
  }
  return [...pieces, segment(ellipsis, 'dim')]
}
