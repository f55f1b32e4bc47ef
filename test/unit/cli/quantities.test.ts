import { describe, expect, test } from 'vitest'
import { parseDuration, parseRate, parseSize } from '../../../src/cli/quantities.ts'

describe('a size', () => {
  test.each([
    ['0', 0],
    ['512', 512],
    ['512B', 512],
    ['64KiB', 65_536],
    ['64 KiB', 65_536],
    ['10MB', 10_000_000],
    ['10kB', 10_000],
    ['1.5GiB', 1_610_612_736],
    ['2TiB', 2_199_023_255_552],
  ])('%s is %i bytes', (text, bytes) => expect(parseSize(text)).toBe(bytes))

  test.each([
    ['64kib', 'Did you mean 64KiB?'],
    ['64K', 'Did you mean 64KiB?'],
    ['10mb', 'Did you mean 10MB?'],
    ['10 megs', 'Did you mean 10MiB?'],
    ['1g', 'Did you mean 1GiB?'],
    ['10 M', 'Did you mean 10MB?'],
    ['20MiB/s', 'Did you mean 20MiB?'],
    ['lots', 'Write it as 64KiB, 10MB or 512B'],
    ['-1', 'Write it as 64KiB, 10MB or 512B'],
    ['', 'Write it as 64KiB, 10MB or 512B'],
    ['99999999TiB', 'Write it as 64KiB, 10MB or 512B'],
    ['1constructor', 'Did you mean 1MiB?'],
  ])('%s is refused: %s', (text, hint) => {
    expect(() => parseSize(text)).toThrow(
      expect.objectContaining({ code: 'E_SIZE', message: `'${text}' is not a size. ${hint}` }),
    )
  })

  test('what a refusal proposes is valid', () => {
    for (const text of ['64kib', '64K', '10 megs', '20MiB/s', '7x']) {
      const hint = /mean (.*)\?/.exec(messageThrown(() => parseSize(text)))?.[1] ?? ''
      expect(parseSize(hint), text).toBeGreaterThan(0)
    }
  })
})

describe('a rate', () => {
  test('may carry /s', () => {
    expect(parseRate('20MiB/s')).toBe(20 * 1024 ** 2)
    expect(parseRate('20MB')).toBe(20_000_000)
  })
  test('is refused with the nearest valid form', () => {
    expect(() => parseRate('20mib/s')).toThrow("'20mib/s' is not a rate. Did you mean 20MiB/s?")
    expect(() => parseRate('20Mbit/s')).toThrow('Did you mean 2.5MB/s?')
    expect(() => parseRate('100kbps')).toThrow('Did you mean 12.5kB/s?')
    expect(() => parseRate('fast')).toThrow('Write it as 64KiB/s, 10MB/s or 512B/s')
  })
})

describe('a duration', () => {
  test.each([
    ['0', 0],
    ['250ms', 250],
    ['90s', 90_000],
    ['15m', 900_000],
    ['15min', 900_000],
    ['2h', 7_200_000],
    ['1.5d', 129_600_000],
  ])('%s is %i ms', (text, ms) => expect(parseDuration(text)).toBe(ms))

  test.each([
    ['90', 'Did you mean 90s?'],
    ['2H', 'Did you mean 2h?'],
    ['2 hours', 'Did you mean 2h?'],
    ['2w', 'Did you mean 14d?'],
    ['1x', 'Write it as 90s, 15m, 2h or 1d'],
    ['soon', 'Write it as 90s, 15m, 2h or 1d'],
    ['-5s', 'Write it as 90s, 15m, 2h or 1d'],
    ['5/s', 'Write it as 90s, 15m, 2h or 1d'],
  ])('%s is refused: %s', (text, hint) => {
    expect(() => parseDuration(text)).toThrow(
      expect.objectContaining({ code: 'E_DURATION', message: `'${text}' is not a duration. ${hint}` }),
    )
  })
})

function messageThrown(run: () => unknown): string {
  try {
    run()
  } catch (error) {
    return (error as Error).message
  }
  throw new Error('nothing was thrown')
}
