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
  while (columns > 1 && widthOf(rest) > columns) {
    const piece = fitText(rest, columns, '')
    pieces.push(piece)
    rest = rest.slice(piece.length)
  }
  return [...pieces, rest]
}
