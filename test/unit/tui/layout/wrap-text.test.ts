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

test('no line is too long, and nothing but blanks is lost', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 2, max: 40 }), (text, columns) => {
      const lines = wrapText(text, columns)
      for (const line of lines) expect(widthOf(line)).toBeLessThanOrEqual(columns)
      expect(lines.join('').replaceAll(' ', '')).toBe(text.replaceAll(' ', ''))
    }),
  )
})
