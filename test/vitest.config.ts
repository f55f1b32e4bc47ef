/**
 * The test run: one project a folder, so that each can be run alone (`npm run test:unit`).
 *
 * The cheap projects come first; the built executable is tried when they are through, one file at a time, because every one of
 * those starts many processes. Threads and not child processes: vitest 5 cannot start child processes under Bun.
 */

import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    pool: 'threads',
    projects: [
      project('unit', { order: 0, deadlineMs: 20_000 }),
      project('fuzz', { order: 0, deadlineMs: 60_000 }),
      project('sim', { order: 0, deadlineMs: 120_000 }),
      project('e2e', { order: 1, deadlineMs: 120_000, oneAtATime: true }),
    ],
  },
})

function project(name: string, options: { order: number; deadlineMs: number; oneAtATime?: boolean }) {
  return {
    extends: true as const,
    test: {
      name,
      include: [`test/${name}/**/*.test.{ts,tsx}`],
      testTimeout: options.deadlineMs,
      hookTimeout: options.deadlineMs,
      sequence: { groupOrder: options.order },
      ...(options.oneAtATime ? { maxWorkers: 1 } : {}),
    },
  }
}
