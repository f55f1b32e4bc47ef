import { expect, test } from 'vitest'
import { examine } from '../../../src/cli/health.ts'

const owed = (state: 'failed' | 'pending') => ({ transfer: 1, destination: 'x', terminal: 'web1', state, error: null })
const well = {
  terminals: 2,
  terminalsOnline: 2,
  transfers: [],
  owed: [],
  library: { contents: 0, bytes: 0, quotaBytes: null, freeBytes: 1e12, held: [] },
}

test.each([
  [{}, 0, []],
  [{ terminalsOnline: 1 }, 3, ['1 of 2 terminals are offline']],
  [{ terminalsOnline: 0 }, 4, ['none of 2 terminals is online']],
  [
    { owed: [owed('failed'), owed('pending'), owed('pending')] },
    3,
    [
      '1 delivery failed and will be tried again: `treecast status` says why, `treecast push --cancel` gives a transfer up',
      '2 deliveries pending: `treecast status` says what waits for whom',
    ],
  ],
  [
    { library: { ...well.library, freeBytes: 5 * 1024 ** 2 } },
    3,
    ['the main server has only 5 MiB free for its library'],
  ],
])('a main server with %j is checked with %i', (facts, exitCode, messages) => {
  const health = examine({ ...well, ...facts })
  expect(health.exitCode).toBe(exitCode)
  expect(health.findings.map(({ message }) => message)).toEqual(messages)
})
