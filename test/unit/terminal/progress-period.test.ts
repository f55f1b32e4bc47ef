import { expect, test } from 'vitest'
import { progressPeriodMs } from '../../../src/terminal/progress-period.ts'
import { LIMITS } from '../../../src/wire/limits.ts'

test('few terminals report four times a second, many less often, and all before their silence is a fault', () => {
  const periods = [1, 250, 600, 20_000].map((targets) => progressPeriodMs({ targets }))
  expect(periods).toEqual([250, 250, 600, 1000])
  expect(Math.max(...periods)).toBeLessThan(LIMITS.stallMs)
})
