import { expect, test } from 'vitest'
import {
  formatBytes,
  formatClock,
  formatMilliseconds,
  formatPercent,
  formatRate,
  formatSeconds,
} from '../../../../src/tui/layout/format-quantities.ts'

test('bytes are binary, with one decimal from a kibibyte on', () => {
  expect([0, 1, 1023, 1024, 1536, 24 * 1024 ** 2, 3 * 1024 ** 4].map(formatBytes)).toEqual([
    '0 B',
    '1 B',
    '1023 B',
    '1.0 KiB',
    '1.5 KiB',
    '24.0 MiB',
    '3.0 TiB',
  ])
  expect(formatRate(5 * 1024 ** 2)).toBe('5.0 MiB/s')
})

test('seconds go over into minutes and hours without a gap', () => {
  expect([0, 0.04, 3.24, 59.94, 59.96, 60, 65, 3599.4, 3600, 7500].map(formatSeconds)).toEqual([
    '0.0 s',
    '0.0 s',
    '3.2 s',
    '59.9 s',
    '1 min 00 s',
    '1 min 00 s',
    '1 min 05 s',
    '59 min 59 s',
    '1 h 00 min',
    '2 h 05 min',
  ])
})

test('a clock shows whole seconds that have passed', () => {
  expect([0, 7.9, 65, 3723].map(formatClock)).toEqual(['0:00', '0:07', '1:05', '1:02:03'])
})

test('milliseconds lose their decimal when they are many', () => {
  expect([0.42, 12, 250.4].map(formatMilliseconds)).toEqual(['0.4 ms', '12.0 ms', '250 ms'])
})

test('100 % is said only of all of it', () => {
  expect(formatPercent(999, 1000)).toBe('99 %')
  expect(formatPercent(1000, 1000)).toBe('100 %')
  expect(formatPercent(0, 0)).toBe('100 %')
  expect(formatPercent(0, 10)).toBe('0 %')
})
