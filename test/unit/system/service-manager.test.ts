import { chmodSync, readFileSync, writeFileSync } from 'node:fs'
import { delimiter, join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { systemdOf } from '../../../src/system/service-manager.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'

/** A systemd-notify that writes down what it was given; `last` resolves once a message failed. */
function recordedNotify(script = 'echo "$@" >> "$RECORD"') {
  const folder = temporaryFolder()
  const record = join(folder, 'record')
  writeFileSync(join(folder, 'systemd-notify'), `#!/bin/sh\n${script}\n`)
  chmodSync(join(folder, 'systemd-notify'), 0o755)
  return { folder, record, path: `${folder}${delimiter}${process.env.PATH}` }
}

describe('a service manager', () => {
  test('is told one thing after the other', async () => {
    // The first message takes longest; it fails last of all only if the others waited for it.
    const { path, record } = recordedNotify(
      'case "$1" in RELOADING*) sleep 0.2;; STOPPING*) exit 3;; esac; echo "$@" >> "$RECORD"',
    )
    const failed = Promise.withResolvers<Error>()
    const systemd = systemdOf({
      environment: { NOTIFY_SOCKET: '/nowhere', PATH: path, RECORD: record },
      processId: 7,
      failed: failed.resolve,
    })
    systemd.reloading()
    systemd.ready('listening on :7717')
    systemd.alive()
    systemd.stopping()
    expect((await failed.promise).message).toBe('systemd-notify STOPPING=1 ended with 3')
    expect(readFileSync(record, 'utf8')).toBe('RELOADING=1\nREADY=1 STATUS=listening on :7717\nWATCHDOG=1\n')
  })

  test('that cannot be told is reported, and ends nothing', async () => {
    const failed = Promise.withResolvers<Error>()
    systemdOf({
      environment: { NOTIFY_SOCKET: '/nowhere', PATH: temporaryFolder() },
      processId: 7,
      failed: failed.resolve,
    }).ready('x')
    expect((await failed.promise).message).toMatch(/^systemd-notify cannot be run: /)
  })

  test.each([
    [{}, undefined],
    [{ NOTIFY_SOCKET: '@x' }, undefined],
    [{ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '60000000' }, 60_000],
    [{ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '7' }, 60_000],
    [{ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: '60000000', WATCHDOG_PID: '8' }, undefined],
    [{ NOTIFY_SOCKET: '@x', WATCHDOG_USEC: 'soon' }, undefined],
  ])('with %j waits %s ms for a sign of life', (environment, watchdogMs) => {
    expect(systemdOf({ environment, processId: 7, failed: () => {} }).watchdogMs).toBe(watchdogMs)
  })
})
