import { describe, expect, test } from 'vitest'
import { fitLine, fitMiddle, fitText, padText, plainText, segment, widthOf } from '../../../../src/tui/layout/line.ts'

describe('fitText', () => {
  test('leaves what fits', () => expect(fitText('web7', 4, '…')).toBe('web7'))
  test('cuts with an ellipsis', () => expect(fitText('web77', 4, '…')).toBe('web…'))
  test('never cuts a wide character in half', () => {
    expect(fitText('東京都', 5, '…')).toBe('東京…')
    expect(fitText('東京都', 4, '…')).toBe('東…')
  })
  test('has nothing to show where there is no room', () => expect(fitText('web', 0, '…')).toBe(''))
})

describe('fitMiddle', () => {
  test('keeps both ends', () => {
    expect(fitMiddle('web7.example.org', 16, '...')).toBe('web7.example.org')
    expect(fitMiddle('web7.rack12.example.org', 16, '...')).toBe('web7.ra...le.org')
  })
  test('never takes more columns than asked, also of wide characters', () => {
    for (let columns = 3; columns < 12; columns++)
      expect(widthOf(fitMiddle('東京都の名前です', columns, '...'))).toBeLessThanOrEqual(columns)
  })
})

describe('padText', () => {
  test('makes exactly the asked width, also of wide characters', () => {
    for (const text of ['', 'a', '東京', 'a longer name than fits'])
      for (const align of ['left', 'right'] as const)
        expect(widthOf(padText(text, 7, { ellipsis: '…', align }))).toBe(7)
    expect(padText('7', 3, { ellipsis: '', align: 'right' })).toBe('  7')
  })
})

describe('fitLine', () => {
  const line = [segment('one ', 'dim'), segment('two ', 'good'), segment('three', 'bad')]
  test('leaves a line that fits', () => expect(fitLine(line, 13, '…')).toBe(line))
  test('cuts at any column and never beyond', () => {
    for (let columns = 1; columns < 13; columns++) {
      const fitted = fitLine(line, columns, '…')
      expect(widthOf(plainText(fitted))).toBeLessThanOrEqual(columns)
      expect(plainText(fitted)).toMatch(/…$/)
    }
    expect(plainText(fitLine(line, 10, '…'))).toBe('one two t…')
  })
})
