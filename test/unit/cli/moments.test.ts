import { describe, expect, test } from 'vitest'
import { parseMoment } from '../../../src/cli/moments.ts'

describe('a moment', () => {
  test.each([
    ['2026-12-24T18:00:00Z', '2026-12-24T18:00:00.000Z'],
    ['2026-12-24t18:00:00.25z', '2026-12-24T18:00:00.250Z'],
    ['2026-12-24 18:00:00+01:00', '2026-12-24T17:00:00.000Z'],
    ['2028-02-29T00:00:00-00:30', '2028-02-29T00:30:00.000Z'],
  ])('%s is %s', (text, iso) => {
    const { ms, relative } = parseMoment('--activate', text)
    expect([new Date(ms).toISOString(), relative]).toEqual([iso, false])
  })

  test('may count from now', () => {
    expect(parseMoment('--activate', '+2h')).toEqual({ ms: 7_200_000, relative: true })
    expect(parseMoment('--activate', '+90s')).toEqual({ ms: 90_000, relative: true })
  })

  test.each([
    ['2026-12-24', 'Did you mean 2026-12-24T00:00:00Z'],
    ['2026-12-24T18:00', 'Did you mean 2026-12-24T18:00:00Z'],
    ['2026-12-24T18:00:00', 'Did you mean 2026-12-24T18:00:00Z'],
    ['2026-12-24T18:00:00+0100', 'Did you mean 2026-12-24T18:00:00Z, or another zone'],
    ['2026-02-30T00:00:00Z', 'which is not a time. Write it as'],
    ['2026-12-24T24:00:00Z', 'which is not a time. Write it as'],
    ['2026-13-01T00:00:00Z', 'which is not a time. Write it as'],
    ['tomorrow', 'Write it as 2026-12-24T18:00:00Z'],
    ['2h', "is '2h', which is not a time. Did you mean +2h?"],
    ['+2', "--deactivate is '+2': '2' is not a duration. Did you mean +2s?"],
    ['+tomorrow', "'tomorrow' is not a duration"],
    ['', 'Write it as'],
  ])("'%s' is refused: %s", (text, message) => {
    expect(() => parseMoment('--deactivate', text)).toThrow(
      expect.objectContaining({ code: 'E_TIME', message: expect.stringContaining(message) }),
    )
  })
})
