import fc from 'fast-check'
import { expect, test } from 'vitest'
import { widthOf } from '../../../../src/tui/layout/line.ts'
import { wrapText } from '../../../../src/tui/layout/wrap-text.ts'

test('lines break between words', () => {
  expect(wrapText('free space there, or push without it', 17)).toEqual(['free space there,', 'or push without', 'it'])
  expect(wrapText('', 5)).toEqual([''])
})

test('a word that is longer than a line is broken', () => {
  expect(wrapText('in /srv/www/inbox now', 8)).toEqual(['in', '/srv/www', '/inbox', 'now'])
})

test('a character that is wider than the line stays whole', () => {
  expect(wrapText('東京', 1)).toEqual(['東京'])
})

test('no line is too long, and nothing but blanks is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 40 }), (text, columns) => {
      const lines = wrapText(text, columns)
      const widest = Math.max(0, ...Array.from(new Intl.Segmenter().segment(text), ({ segment }) => widthOf(segment)))
      if (widest <= columns) for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }),
  )
})
