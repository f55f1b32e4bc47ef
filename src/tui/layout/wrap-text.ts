/** Sentences broken into lines at their blanks. Pure. */

import { fitText, widthOf } from './line.ts'

/** Lines of at most `columns`; a word that is longer is broken. */
export function wrapText(text: string, columns: number): string[] {
  const lines: string[] = []
  let line = ''
  for (const word of text.split(' ').flatMap((each) => breakWord(each, columns))) {
    const longer = line === '' ? word : `${line} ${word}`
    if (line === '' || widthOf(longer) <= columns) line = longer
    else {
      lines.push(line)
      line = word
    }
  }
  return [...lines, line]
}

function breakWord(word: string, columns: number): string[] {
  const pieces: string[] = []
  let rest = word
  while (widthOf(rest) > columns) {
    const piece = fitText(rest, columns, '')
    // One character that is wider than the line: there is nothing to break.
    if (piece === '') break
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return [...pieces, rest]
}
