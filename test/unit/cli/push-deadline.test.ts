import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import type { OperatorClient } from '../../../src/client/operator-client.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import type { VirtualClock } from '../../../src/system/virtual-clock.ts'
import type { TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleTerminal, sampleTransfer } from '../tui/layout/sample-snapshot.ts'
import { sampleShell } from './sample-shell.ts'

const has = sampleTerminal(1, 0, { state: 'active' })
const waiting = sampleTransfer([has, sampleTerminal(2, null, { state: 'pending' })], { state: 'partial' })
const complete = sampleTransfer([has, sampleTerminal(2, 1, { state: 'active' })], { state: 'complete' })
const failed = sampleTransfer([has, sampleTerminal(2, 1, { state: 'failed' })], { state: 'partial' })

interface Script {
  /** What it is planned as; `waiting` by default. */
  readonly planned?: TransferSnapshot
  /** What the push ends with; undefined: it never does. */
  readonly pushed?: TransferSnapshot
  readonly stored?: boolean
  /** What each look at the transfer shows, the last again and again; an error is thrown. */
  readonly looks?: readonly (TransferSnapshot | Error)[]
}

/** Pushes a file with --deadline 10s while time goes on. */
async function push({ planned = waiting, pushed, stored = true, looks = [] }: Script, ...args: string[]) {
  const cancelled: object[] = []
  const left = [...looks]
  let begun = false
  const client: Partial<OperatorClient> = {
    async push(_order, events) {
      begun = true
      events.planned(planned)
      if (stored) events.stored(7, 7)
      return pushed ?? new Promise(() => {})
    },
    ask: (async () => {
      const look = left.length > 1 ? left.shift() : left[0]
      if (look instanceof Error) throw look
      return { kind: 'transfer', transfer: look }
    }) as OperatorClient['ask'],
    async cancel(_transfer, reason) {
      cancelled.push(reason)
      return waiting
    },
  }
  const path = join(temporaryFolder(), 'photos.tar')
  writeFileSync(path, 'content')
  const { shell, stdout } = sampleShell({ client })
  const startedAtMs = shell.clock.monotonic()
  const running = runProgram(['push', path, '--deadline', '10s', ...args], shell)
  const over = running.then(
    (code) => ({ code, error: undefined }),
    (error: unknown) => ({ code: undefined, error: error as TreecastError }),
  )
  let ended = false
  void over.then(() => {
    ended = true
  })
  while (!ended) {
    await new Promise((resolve) => setImmediate(resolve))
    // What comes before the push works with real files, and takes its time.
    if (begun) await (shell.clock as VirtualClock).advance(500)
  }
  return { ...(await over), stdout: stdout(), cancelled, seconds: (shell.clock.monotonic() - startedAtMs) / 1000 }
}

describe('a push with a deadline', () => {
  test('waits for offline terminals, and ends when the last of them has it', async () => {
    const { code, stdout } = await push({ pushed: waiting, looks: [waiting, waiting, complete] })
    expect(code).toBe(0)
    expect(stdout).toContain('transfer 42 complete: 2 of 2')
  })

  test('does not wait for what has failed for good', async () => {
    expect(await push({ pushed: failed })).toMatchObject({ code: 3 })
    expect(await push({ pushed: waiting, looks: [failed] })).toMatchObject({ code: 3 })
  })

  test('outlives a main server that is away for a while', async () => {
    const away = new TreecastError('E_MAIN_UNREACHABLE', 'away')
    expect(await push({ pushed: waiting, looks: [away, away, complete] })).toMatchObject({ code: 0 })
  })

  test('ends when it passes first, and leaves the transfer alone', async () => {
    const { error, cancelled, seconds } = await push({ pushed: waiting, looks: [waiting] })
    expect(error).toMatchObject({
      code: 'E_DEADLINE_PASSED',
      message:
        'the deadline of 10s passed: 1 of 2 targets have photos.tar. The others stay pending and get it when they can; treecast status 42 tells',
    })
    expect(cancelled).toEqual([])
    expect(seconds).toBeGreaterThanOrEqual(10)
  })

  test('cancels the transfer when the main server has not got all of the content by then', async () => {
    const { error, cancelled } = await push({ stored: false })
    expect(error?.message).toContain('before the main server had all of photos.tar: transfer 42 is cancelled')
    expect(cancelled).toMatchObject([{ code: 'E_DEADLINE_PASSED' }])
  })

  test('of a direct push cancels what is under way, and leaves alone what only waits for terminals', async () => {
    const moving = sampleTransfer([has, sampleTerminal(2, 1, { state: 'receiving' })], { state: 'distributing' })
    const served = await push({ planned: moving }, '--direct')
    expect(served.error?.message).toBe(
      'the deadline of 10s passed: 1 of 2 targets have photos.tar. Transfer 42, which was served from here, is cancelled for the others',
    )
    expect(served.cancelled).toMatchObject([{ code: 'E_DEADLINE_PASSED' }])
    expect((await push({ pushed: waiting, looks: [waiting] }, '--direct')).cancelled).toEqual([])
  })

  test('counts in JSON as pending who did not have it in time', async () => {
    const { stdout } = await push({ pushed: waiting, looks: [waiting] }, '--json')
    const result = JSON.parse(stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(result).toMatchObject({ type: 'result', state: 'partial', delivered: 1, failed: 0, pending: 1 })
    expect(result.error.code).toBe('E_DEADLINE_PASSED')
  })

  test.each([
    [['--detach'], '--deadline and --detach exclude each other'],
    [['--deadline', '90'], "--deadline: '90' is not a duration. Did you mean 90s?"],
    [['--deadline', '0'], "--deadline is '0', but must be from 1ms to 24d"],
    [['--deadline', '99d'], "--deadline is '99d'"],
  ])('with %j is wrong usage', async (args, why) => {
    const { error } = await push({ pushed: complete }, ...args)
    expect(error?.message).toContain(why)
  })
})

test('an exclusive name must be fit for a folder', async () => {
  const { error } = await push({ pushed: complete }, '--exclusive', '../up')
  expect(error).toMatchObject({ code: 'E_USAGE', message: expect.stringContaining("--exclusive is '../up'") })
})

test('--quiet says who lacks the content, one a line, and nothing when all have it', async () => {
  const path = join(temporaryFolder(), 'photos.tar')
  writeFileSync(path, 'content')
  const offline = sampleTerminal(2, null, { state: 'pending', error: { code: 'E_OFFLINE', message: 'it is offline' } })
  const last = sampleTransfer([has, offline], { state: 'partial' })
  const { shell, stdout, stderr } = sampleShell({ client: { push: async () => last } })
  expect(await runProgram(['push', path, '--quiet'], shell)).toBe(3)
  expect(stdout()).toBe('')
  expect(stderr().split('\n').slice(1)).toEqual(['treecast push:   web2 pending: it is offline', ''])
})
