import { expect, test } from 'vitest'
import { drawBar } from '../../../../src/tui/layout/bar.ts'
import { plainText, widthOf } from '../../../../src/tui/layout/line.ts'
import { symbolsFor } from '../../../../src/tui/layout/symbols.ts'

const bar = (fraction: number, unicode: boolean) =>
  plainText(drawBar(fraction, { columns: 10, tone: 'busy', symbols: symbolsFor(unicode) }))

test('a bar is as long as asked, for any fraction', () => {
  for (const fraction of [-1, 0, 0.001, 0.25, 0.5, 0.999, 1, 7, Number.NaN])
    for (const unicode of [true, false]) expect(widthOf(bar(fraction, unicode)), `${fraction}`).toBe(10)
})

test('it moves in half columns where the font can', () => {
  expect(bar(0.25, true)).toBe('━━╸───────')
  expect(bar(0.25, false)).toBe('##........')
})

test('only all of it looks full, and only nothing looks empty', () => {
  expect(bar(1, false)).toBe('##########')
  expect(bar(0.9999, false)).toBe('#########.')
  expect(bar(0.0001, false)).toBe('#.........')
  expect(bar(0, false)).toBe('..........')
})
