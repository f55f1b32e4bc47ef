import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import type { OperatorClient } from '../../../src/client/operator-client.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import type { MessageBody } from '../../../src/wire/messages.ts'
import type { TransferSnapshot } from '../../../src/wire/snapshot.ts'
import { temporaryFolder } from '../../support/temporary-folder.ts'
import { sampleTerminal, sampleTransfer } from '../tui/layout/sample-snapshot.ts'
import { sampleShell } from './sample-shell.ts'

const MiB = 1024 ** 2
const planned = sampleTransfer([sampleTerminal(1, 0), sampleTerminal(2, 1)])
const received = sampleTerminal(1, 0, { state: 'active', bytes: 24 * MiB, seconds: 1.5 })
const alsoReceived = sampleTerminal(2, 1, { state: 'active', bytes: 24 * MiB, seconds: 3.2 })
const failed = sampleTerminal(2, 1, { state: 'failed', error: { code: 'E_NO_SPACE', message: 'no space' } })
const complete = sampleTransfer([received, alsoReceived], { state: 'complete', seconds: 3.2 })
const partial = sampleTransfer([received, failed], { state: 'partial', seconds: 3.2 })

interface Heard {
  request?: MessageBody<'push'>
  until?: string
  closed?: boolean
}

/** A main server that plays `snapshots`, the last one being final. */
function playing(snapshots: readonly TransferSnapshot[], heard: Heard = {}): Partial<OperatorClient> {
  return {
    async push({ request, until }, events) {
      Object.assign(heard, { request, until })
      events.planned(planned)
      for (const snapshot of snapshots) events.snapshot(snapshot, snapshot === snapshots.at(-1))
      return snapshots.at(-1) ?? planned
    },
    close: () => {
      heard.closed = true
    },
  }
}

function fileToPush(): string {
  const path = join(temporaryFolder(), 'photos.tar')
  writeFileSync(path, 'content', { mode: 0o640 })
  return path
}

const jsonLines = (text: string) =>
  text
    .trimEnd()
    .split('\n')
    .map((line) => JSON.parse(line))

describe('a push on a stream', () => {
  test('tells each target as it finishes, then the sum', async () => {
    const { shell, stdout, stderr } = sampleShell({ client: playing([partial, complete]) })
    expect(await runProgram(['push', fileToPush()], shell)).toBe(0)
    expect(stdout().split('\n')).toEqual([
      'web1 received 24.0 MiB in 1.5 s from main',
      'web2 failed: no space',
      'web2 received 24.0 MiB in 3.2 s from web1',
      'transfer 42 complete: 2 of 2 targets have photos.tar (24.0 MiB) after 3.2 s',
      '',
    ])
    expect(stderr()).toBe('')
  })

  test.each([
    ['every target has it', complete, 0],
    ['some have it', partial, 3],
    ['none has it', sampleTransfer([failed]), 4],
    ['none has it and one is pending', sampleTransfer([sampleTerminal(1, 0, { state: 'pending' })]), 4],
  ])('when %s', async (_what, last, exitCode) => {
    const heard: Heard = {}
    const { shell } = sampleShell({ client: playing([last], heard) })
    expect(await runProgram(['push', fileToPush()], shell)).toBe(exitCode)
    expect(heard.closed).toBe(true)
  })

  test('is silent with --quiet when all is well, and says on stderr what is not', async () => {
    const well = sampleShell({ client: playing([complete]) })
    await runProgram(['push', fileToPush(), '--quiet'], well.shell)
    expect(well.stdout() + well.stderr()).toBe('')
    const ill = sampleShell({ client: playing([partial]) })
    await runProgram(['push', fileToPush(), '--quiet'], ill.shell)
    expect(ill.stdout()).toBe('')
    expect(ill.stderr()).toMatch(/^treecast push: transfer 42 partial: 1 of 2 /)
  })

  test('returns with --detach once the content is stored', async () => {
    const heard: Heard = {}
    const { shell, stdout } = sampleShell({ client: playing([planned], heard) })
    expect(await runProgram(['push', fileToPush(), '--detach'], shell)).toBe(0)
    expect(heard.until).toBe('stored')
    expect(stdout()).toBe(
      'transfer 42 goes on: the main server has photos.tar (24.0 MiB). Follow it with: treecast status 42 --watch\n',
    )
  })

  test('tells with --detach what some targets were told to be meanwhile', async () => {
    const heard: Partial<OperatorClient> = {
      async push(_order, events) {
        events.planned(planned)
        events.snapshot(sampleTransfer([sampleTerminal(1, 0, { state: 'routed' }), failed]), false)
        return planned
      },
      close: () => undefined,
    }
    const { shell, stdout } = sampleShell({ client: heard })
    expect(await runProgram(['push', fileToPush(), '--detach', '--json'], shell)).toBe(0)
    expect(jsonLines(stdout()).at(-1)).toMatchObject({
      ...{ type: 'result', state: 'distributing', delivered: 0, failed: 1, pending: 1 },
      targets: [{ state: 'pending' }, { state: 'failed' }],
    })
  })

  test('draws the tree with --dry-run', async () => {
    const heard: Heard = {}
    const { shell, stdout } = sampleShell({ client: playing([], heard), environment: { LANG: 'C.UTF-8' } })
    expect(await runProgram(['push', fileToPush(), '--dry-run'], shell)).toBe(0)
    expect(heard.request?.dryRun).toBe(true)
    expect(stdout()).toContain('main\n╰─○ web1  rank 1\n  ╰─○ web2  rank 2\n')
  })
})

describe('a push for a program', () => {
  test('is one JSON object a line, the last one the result', async () => {
    const { shell, stdout } = sampleShell({ client: playing([partial]) })
    expect(await runProgram(['push', fileToPush(), '--json'], shell)).toBe(3)
    const lines = jsonLines(stdout())
    expect(lines.map((line) => line.type)).toEqual(['planned', 'target', 'target', 'result'])
    expect(lines[0].targets.map((target: object) => target)).toMatchObject([
      { name: 'web1', rank: 1, upstreams: ['main'] },
      { name: 'web2', rank: 2, upstreams: ['web1'] },
    ])
    expect(lines[3]).toEqual({
      type: 'result',
      version: 1,
      transfer: 42,
      state: 'partial',
      bytes: 24 * MiB,
      entries: null,
      seconds: 3.2,
      delivered: 1,
      failed: 1,
      pending: 0,
      activateAt: null,
      deactivateAt: null,
      targets: [
        { name: 'web1', state: 'active', upstreams: ['main'], seconds: 1.5, attempts: 1, error: null },
        {
          name: 'web2',
          state: 'failed',
          upstreams: ['web1'],
          seconds: null,
          attempts: 1,
          error: { code: 'E_NO_SPACE', message: 'no space' },
        },
      ],
      error: null,
    })
  })

  test('says that a detached transfer is still going on', async () => {
    const { shell, stdout } = sampleShell({ client: playing([planned]) })
    await runProgram(['push', fileToPush(), '--json', '--detach'], shell)
    expect(jsonLines(stdout()).at(-1)).toMatchObject({ type: 'result', state: 'distributing', transfer: 42 })
  })

  test.each([
    ['a usage error', ['--bogus'], 'E_USAGE'],
    ['a wrong size', ['--packet-size', 'big'], 'E_SIZE'],
    ['a missing settings file', ['--config', '/nonexistent/file'], 'E_CONFIG'],
  ])('ends with a result also after %s', async (_what, args, code) => {
    const { shell, stdout } = sampleShell()
    await expect(runProgram(['push', fileToPush(), '--json', ...args], shell)).rejects.toMatchObject({ code })
    const lines = jsonLines(stdout())
    expect(lines).toMatchObject([{ type: 'result', version: 1, transfer: null, state: 'failed', error: { code } }])
  })

  test('ends with the newest state when the main server is lost half-way', async () => {
    const lost = new TreecastError('E_MAIN_UNREACHABLE', 'the main server is gone')
    const client: Partial<OperatorClient> = {
      async push(_order, events) {
        events.planned(planned)
        events.snapshot(sampleTransfer([received, sampleTerminal(2, 1)]), false)
        throw lost
      },
    }
    const { shell, stdout } = sampleShell({ client })
    await expect(runProgram(['push', fileToPush(), '--json'], shell)).rejects.toBe(lost)
    expect(jsonLines(stdout()).at(-1)).toMatchObject({
      type: 'result',
      transfer: 42,
      state: 'failed',
      delivered: 1,
      error: { code: 'E_MAIN_UNREACHABLE' },
    })
  })
})

describe('the request of a push', () => {
  const requestOf = async (args: string[], stdin = '') => {
    const heard: Heard = {}
    const { shell } = sampleShell({ client: playing([complete], heard), stdin })
    await runProgram(['push', ...args], shell)
    return heard.request
  }

  test('has the file, its mode and the defaults', async () => {
    expect(await requestOf([fileToPush()])).toEqual({
      name: 'photos.tar',
      destination: 'photos.tar',
      entryList: null,
      bytes: 7,
      mode: 0o640,
      modifiedMs: expect.any(Number),
      to: 'all',
      tree: 'auto',
      compression: 'auto',
      cipher: 'aes-256-gcm',
      relayAfterBytes: 0,
      force: false,
      activate: null,
      deactivate: null,
      from: null,
      direct: false,
      dryRun: false,
    })
  })

  test('has what the options say', async () => {
    const options =
      '--to web* --dest in/side --fanout 5 --packet-size 64KiB --relay-after 1MB --limit-rate 20MiB/s --compress none --force'.split(
        ' ',
      )
    expect(await requestOf([fileToPush(), ...options])).toMatchObject({
      to: 'web*',
      destination: 'in/side',
      fanOut: 5,
      packetBytes: 65_536,
      relayAfterBytes: 1_000_000,
      limitBytesPerSecond: 20_971_520,
      compression: 'none',
      force: true,
    })
  })

  test('names standard input after --dest', async () => {
    expect(await requestOf(['-', '--dest', 'in/side.tar'], 'abc')).toMatchObject({
      name: 'side.tar',
      destination: 'in/side.tar',
      bytes: null,
    })
  })

  test.each([
    [['-'], 'E_USAGE'],
    [['-', '--dest', 'x', '--join', '-'], 'E_USAGE'],
    [['/nonexistent'], 'E_PATH_UNREADABLE'],
    [['/'], 'E_PATH_UNNAMED'],
    [['/dev/null'], 'E_PATH_NOT_A_FILE'],
    [['-', 'f', '--dest', 'x'], 'E_USAGE'],
    [['f', '/nonexistent'], 'E_PATH_UNREADABLE'],
    [['f', '--fanout', '65'], 'E_USAGE'],
    [['f', '--packet-size', '2MiB'], 'E_SIZE'],
    [['f', '--packet-size', '4095'], 'E_SIZE'],
    [['f', '--server', 'nowhere'], 'E_ADDRESS'],
    [['f', '--outbound-only'], 'E_USAGE'],
    [['f', '--tree', 'star'], 'E_USAGE'],
  ])('%j is refused before anything is sent: %s', async (args, code) => {
    const given = args.map((word) => (word === 'f' ? fileToPush() : word))
    await expect(runProgram(['push', ...given], sampleShell().shell)).rejects.toMatchObject({ code })
  })
})

/** A main server at which a transfer is `before`, and `after` once it was called off. */
function cancellingClient(before: TransferSnapshot, after: TransferSnapshot): Partial<OperatorClient> {
  return {
    ask: (async () => ({ kind: 'transfer', transfer: before })) as unknown as OperatorClient['ask'],
    cancel: async () => after,
  }
}

describe('calling a transfer off', () => {
  const cancelling = (...args: Parameters<typeof sampleTransfer>) => {
    return sampleShell({ client: cancellingClient(sampleTransfer([]), sampleTransfer(...args)) })
  }

  test('says how many will not show it, and how many do', async () => {
    const terminals = [sampleTerminal(1, 0, { state: 'cancelled' }), sampleTerminal(2, 0, { state: 'active' })]
    const { shell, stdout } = cancelling(terminals, { state: 'cancelled' })
    expect(await runProgram(['push', '--cancel', '42'], shell)).toBe(3)
    expect(stdout()).toBe('transfer 42 is cancelled: 1 target will not show photos.tar, 1 target shows it already\n')
  })

  test('a second time says that it was so already', async () => {
    const cancelled = sampleTransfer([sampleTerminal(1, 0, { state: 'cancelled' })], { state: 'cancelled' })
    const again = sampleShell({ client: cancellingClient(cancelled, cancelled) })
    expect(await runProgram(['push', '--cancel', '42'], again.shell)).toBe(0)
    expect(again.stdout()).toBe('transfer 42 was already cancelled: 1 target will not show photos.tar\n')
    const json = sampleShell({ client: cancellingClient(cancelled, cancelled) })
    await runProgram(['push', '--cancel', '42', '--json'], json.shell)
    expect(jsonLines(json.stdout())).toMatchObject([{ type: 'cancelled', already: true }])
  })

  test('is one document for a program', async () => {
    const { shell, stdout } = cancelling([sampleTerminal(1, 0, { state: 'cancelled' })], { state: 'cancelled' })
    expect(await runProgram(['push', '--cancel', '42', '--json'], shell)).toBe(0)
    const [document] = jsonLines(stdout())
    expect(document).toMatchObject({
      type: 'cancelled',
      transfer: 42,
      state: 'cancelled',
      already: false,
      cancelled: 1,
    })
  })

  test('that is over is told apart', async () => {
    const { shell, stdout } = cancelling([sampleTerminal(1, 0, { state: 'active' })], { state: 'complete' })
    expect(await runProgram(['push', '--cancel', '42'], shell)).toBe(4)
    expect(stdout()).toBe('transfer 42 is over (complete): nothing was left to cancel\n')
  })
})

describe('an interrupted push', () => {
  test('cancels its transfer and says so', async () => {
    const cancelledTransfers: number[] = []
    const pushing = Promise.withResolvers<TransferSnapshot>()
    const begun = Promise.withResolvers<void>()
    const client: Partial<OperatorClient> = {
      push(_order, events) {
        events.planned(planned)
        begun.resolve()
        return pushing.promise
      },
      async cancel(transfer) {
        cancelledTransfers.push(transfer)
        const cancelled = sampleTransfer([sampleTerminal(1, 0, { state: 'cancelled' })], { state: 'cancelled' })
        pushing.resolve(cancelled)
        return cancelled
      },
    }
    const { shell, stdout, interrupt } = sampleShell({ client })
    const running = runProgram(['push', fileToPush(), '--json'], shell)
    await begun.promise
    interrupt()
    await expect(running).rejects.toMatchObject({
      code: 'E_INTERRUPTED',
      message: 'interrupted: transfer 42 is cancelled',
    })
    expect(cancelledTransfers).toEqual([42])
    expect(jsonLines(stdout()).at(-1)).toMatchObject({
      type: 'result',
      state: 'failed',
      error: { code: 'E_INTERRUPTED' },
    })
  })

  test('leaves at once while it is still connecting', async () => {
    const begun = Promise.withResolvers<void>()
    const connect = () => {
      begun.resolve()
      return new Promise<never>(() => {})
    }
    const { shell, interrupt } = sampleShell({ connect })
    const running = runProgram(['push', fileToPush()], shell)
    await begun.promise
    interrupt()
    await expect(running).rejects.toMatchObject({ code: 'E_INTERRUPTED' })
  })
})
