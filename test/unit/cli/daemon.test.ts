import { describe, expect, test } from 'vitest'
import { runDaemon } from '../../../src/cli/daemon.ts'
import { sampleShell } from './sample-shell.ts'

function sampleDaemon() {
  const failed = Promise.withResolvers<Error>()
  const calls: string[] = []
  return {
    calls,
    fail: failed.resolve,
    daemon: {
      failed: failed.promise,
      async stop() {
        calls.push('stop')
      },
    },
  }
}

describe('a daemon', () => {
  test('prints one line when it is ready, and stops on a signal with exit code 0', async () => {
    const { shell, stdout, interrupt } = sampleShell()
    const { daemon, calls } = sampleDaemon()
    const running = runDaemon(
      shell,
      async () => daemon,
      () => {
        queueMicrotask(interrupt)
        return 'ready'
      },
    )
    expect(await running).toBe(0)
    expect(stdout()).toBe('ready\n')
    expect(calls).toEqual(['stop'])
  })

  test('stops and fails when it cannot go on', async () => {
    const { shell } = sampleShell()
    const { daemon, calls, fail } = sampleDaemon()
    const running = runDaemon(
      shell,
      async () => daemon,
      () => 'ready',
    )
    const revoked = new Error('revoked')
    fail(revoked)
    await expect(running).rejects.toBe(revoked)
    expect(calls).toEqual(['stop'])
  })

  test('that is interrupted while it starts is stopped and says nothing', async () => {
    const { shell, stdout, interrupt } = sampleShell()
    const { daemon, calls } = sampleDaemon()
    const starting = Promise.withResolvers<typeof daemon>()
    const running = runDaemon(
      shell,
      () => starting.promise,
      () => 'ready',
    )
    interrupt()
    starting.resolve(daemon)
    expect(await running).toBe(0)
    expect(calls).toEqual(['stop'])
    expect(stdout()).toBe('')
  })

  test('that heeds the interruption while it starts need not come to an end of its own', async () => {
    const { shell, interrupt } = sampleShell()
    const start = (interrupted: Promise<unknown>) => interrupted.then(() => Promise.reject(new Error('given up')))
    const running = runDaemon(shell, start, () => 'ready')
    interrupt()
    expect(await running).toBe(0)
  })

  test('tells a service manager when it is ready, alive and stopping', async () => {
    const { shell, told, interrupt, clock } = sampleShell({ watchdogMs: 1000 })
    const { daemon } = sampleDaemon()
    const running = runDaemon(
      shell,
      async () => daemon,
      () => 'ready at last',
    )
    await clock.advance(1600)
    interrupt()
    await running
    await clock.advance(5000)
    expect(told).toEqual(['ready: ready at last', 'alive', 'alive', 'alive', 'stopping'])
  })

  test('that cannot start fails', async () => {
    const start = async () => {
      throw new Error('in use')
    }
    await expect(runDaemon(sampleShell().shell, start, () => 'ready')).rejects.toThrow('in use')
  })
})
