import { describe, expect, test } from 'vitest'
import { runProgram } from '../../../src/cli/program.ts'
import type { OperatorClient } from '../../../src/client/operator-client.ts'
import { TreecastError } from '../../../src/system/errors.ts'
import type { Query } from '../../../src/wire/operator-messages.ts'
import type { RankedTerminal } from '../../../src/wire/snapshot.ts'
import { sampleTerminal, sampleTransfer } from '../tui/layout/sample-snapshot.ts'
import { sampleShell } from './sample-shell.ts'

const transfer = sampleTransfer([sampleTerminal(1, 0, { state: 'active' }), sampleTerminal(2, 1)])

function ranked(name: string): RankedTerminal {
  return {
    ...{ rank: 1, name, node: name, address: null, online: true, leaf: false, pinned: false, excluded: false },
    ...{ labels: [], groups: [], lastSeenAt: null, score: null, responseMs: null, bytesPerSecond: null },
    ...{ successRate: null, samples: 0, history: [], freeBytes: null },
  }
}

function answering(answer: object, asked: Query[] = []): Partial<OperatorClient> {
  return {
    ask: (async (query: Query) => {
      asked.push(query)
      return answer
    }) as OperatorClient['ask'],
  }
}

describe('rank', () => {
  const ranking = { kind: 'rank', by: 'score', trainBytes: 1024, terminals: [] }

  test('asks for the selector, all by default', async () => {
    const asked: Query[] = []
    const { shell, stdout } = sampleShell({ client: answering(ranking, asked) })
    await runProgram(['rank'], shell)
    await runProgram(['rank', 'web*', '--by', 'throughput'], shell)
    expect(asked).toEqual([
      { kind: 'rank', by: 'score', to: 'all' },
      { kind: 'rank', by: 'throughput', to: 'web*' },
    ])
    expect(stdout()).toMatch(/^rank {2}name {2}state /)
  })

  test('is one JSON document with --json', async () => {
    const { shell, stdout } = sampleShell({ client: answering(ranking) })
    await runProgram(['rank', '--json'], shell)
    expect(JSON.parse(stdout())).toEqual({ version: 1, by: 'score', trainBytes: 1024, terminals: [] })
  })

  test('--probe has the terminals measured, a few at a time, and says what could not be', async () => {
    const asked: Query[] = []
    const terminals = ['a', 'b', 'c', 'd', 'e'].map((name) => ranked(name))
    const client: Partial<OperatorClient> = {
      ask: (async (query: Query) => {
        asked.push(query)
        if (query.kind !== 'probe') return { ...ranking, terminals }
        const probes = query.terminals.map((name) => ({
          ...{ name, responseMs: 1, bytesPerSecond: name === 'e' ? null : 1e6 },
          error: name === 'e' ? { code: 'E_PROBE', message: 'too little came' } : null,
        }))
        return { kind: 'probe', probes }
      }) as OperatorClient['ask'],
    }
    const { shell, stderr } = sampleShell({ client })
    expect(await runProgram(['rank', 'x', '--probe', '--by', 'response'], shell)).toBe(0)
    expect(asked).toEqual([
      { kind: 'rank', by: 'score', to: 'x' },
      { kind: 'probe', terminals: ['a', 'b', 'c', 'd'] },
      { kind: 'probe', terminals: ['e'] },
      { kind: 'rank', by: 'response', to: 'x' },
    ])
    expect(stderr()).toBe('treecast rank: e: only the response time was measured: too little came\n')
    const json = sampleShell({ client })
    await runProgram(['rank', '--probe', '--json'], json.shell)
    expect(JSON.parse(json.stdout()).probes[4]).toEqual({
      ...{ name: 'e', responseMs: 1, bytesPerSecond: null },
      error: { code: 'E_PROBE', message: 'too little came' },
    })
    expect(json.stderr()).toBe('')
  })

  test('changes the terminals it is told, and only those', async () => {
    const steered: object[] = []
    const client: Partial<OperatorClient> = {
      async steer(steering) {
        steered.push(steering)
        return { kind: 'rank', by: 'score', trainBytes: 1024, terminals: [] }
      },
    }
    const args = ['rank', 'web*', '--pin', '--label', 'role=web', '--label', 'site=', '--group', 'canary']
    await runProgram(args, sampleShell({ client }).shell)
    await runProgram(['rank', 'web9', '--revoke'], sampleShell({ client }).shell)
    const nothing = { labels: [], groups: [], ungroups: [], revoke: false }
    expect(steered).toEqual([
      { ...nothing, to: 'web*', pinned: true, labels: ['role=web', 'site='], groups: ['canary'] },
      { ...nothing, to: 'web9', revoke: true },
    ])
  })

  test.each([
    [['rank', '--pin'], 'say which terminals to change'],
    [['rank', 'web1', '--pin', '--unpin'], '--pin and --unpin exclude each other'],
    [['rank', 'web1', '--pin', '--exclude'], '--pin and --exclude exclude each other'],
    [['rank', 'web1', '--revoke', '--pin'], '--revoke stands alone'],
    [['rank', 'web1', '--revoke', '--probe'], '--revoke stands alone'],
    [['rank', 'web1', '--label', 'role'], "--label is 'role', but must be KEY=VALUE"],
    [['rank', 'web1', '--group', '@canary'], 'Did you mean canary?'],
  ])('%j is wrong usage', async (args, why) => {
    await expect(runProgram(args, sampleShell().shell)).rejects.toMatchObject({
      code: 'E_USAGE',
      message: expect.stringContaining(why),
    })
  })

  test('does not take the label of a relay on this machine for an order', async () => {
    const { shell } = sampleShell({ client: answering(ranking), environment: { TREECAST_LABEL: 'role=web' } })
    expect(await runProgram(['rank'], shell)).toBe(0)
  })
})

describe('status', () => {
  test('--audit lists what was done, the oldest first', async () => {
    const line = (id: number, action: string) => ({
      id,
      action,
      at: '2026-01-01T00:00:00.000Z',
      actor: 'main',
      facts: '{"terminal":"web1"}',
    })
    const answer = { kind: 'audit', lines: [line(2, 'revoked'), line(1, 'pinned')] }
    const text = sampleShell({ client: answering(answer) })
    await runProgram(['status', '--audit'], text.shell)
    expect(text.stdout().split('\n').slice(1)).toEqual([
      '2026-01-01T00:00:00Z  main  pinned   terminal web1',
      '2026-01-01T00:00:00Z  main  revoked  terminal web1',
      '',
    ])
    const json = sampleShell({ client: answering(answer) })
    await runProgram(['status', '--audit', '--json'], json.shell)
    expect(JSON.parse(json.stdout()).audit[0]).toMatchObject({ id: 2, facts: { terminal: 'web1' } })
  })

  test('--check ends with what it found', async () => {
    const answer = {
      ...{ kind: 'status', terminalsOnline: 1, terminals: 2, transfers: [], owed: [] },
      library: { contents: 0, bytes: 0, quotaBytes: null, freeBytes: 2 ** 40, held: [] },
    }
    const { shell, stdout } = sampleShell({ client: answering(answer) })
    expect(await runProgram(['status', '--check'], shell)).toBe(3)
    expect(stdout()).toBe('1 of 2 terminals are offline\n')
  })

  test('lists transfers', async () => {
    const { terminals: _, ...summary } = transfer
    const library = { contents: 0, bytes: 0, quotaBytes: null, freeBytes: 2 ** 40, held: [] }
    const answer = { kind: 'status', terminalsOnline: 2, terminals: 2, transfers: [summary], owed: [], library }
    const text = sampleShell({ client: answering(answer) })
    await runProgram(['status'], text.shell)
    expect(text.stdout()).toContain('2 of 2 terminals online')
    const json = sampleShell({ client: answering(answer) })
    await runProgram(['status', '--json'], json.shell)
    expect(JSON.parse(json.stdout())).toEqual({
      version: 1,
      terminalsOnline: 2,
      terminals: 2,
      transfers: [summary],
      owed: [],
      library,
    })
  })

  test('shows one transfer, in JSON with the names of upstreams beside their handles', async () => {
    const asked: Query[] = []
    const { shell, stdout } = sampleShell({ client: answering({ kind: 'transfer', transfer }, asked) })
    await runProgram(['status', '42', '--json'], shell)
    expect(asked).toEqual([{ kind: 'transfer', transfer: 42 }])
    const document = JSON.parse(stdout())
    expect(document).toMatchObject({ version: 1, transfer: 42, name: 'photos.tar' })
    expect(document.terminals[1]).toMatchObject({ name: 'web2', upstreams: [1], upstreamNames: ['web1'] })
  })

  test('--explain names the upstreams of its transfer, too', async () => {
    const facts = { terminals: 2, fastest: null, usualResponseMs: null, usualBytesPerSecond: null, edges: [] }
    const client = answering({ kind: 'explain', terminal: ranked('web2'), ...facts, transfer })
    const { shell, stdout } = sampleShell({ client })
    await runProgram(['status', '--explain', 'web2', '--json'], shell)
    expect(JSON.parse(stdout()).transfer.terminals[1]).toMatchObject({ name: 'web2', upstreamNames: ['web1'] })
  })

  test('follows a transfer to its end and exits as its push would', async () => {
    const last = sampleTransfer([sampleTerminal(1, 0, { state: 'active' }), sampleTerminal(2, 1, { state: 'failed' })])
    const client: Partial<OperatorClient> = {
      async watch(_transfer, each) {
        each(transfer, false)
        each(last, true)
      },
    }
    const { shell, stdout } = sampleShell({ client })
    expect(await runProgram(['status', '42', '--watch'], shell)).toBe(3)
    expect(stdout().split('\n').slice(0, 2)).toEqual(['web1 received 0 B from main', 'web2 failed'])
  })

  test.each([
    [['status', 'x']],
    [['status', '0']],
    [['status', '--watch']],
    [['status', '--audit', '--check']],
    [['status', '42', '--audit']],
    [['status', '42', '--watch', '--explain', 'web1']],
  ])('%j is wrong usage', async (args) => {
    await expect(runProgram(args, sampleShell().shell)).rejects.toMatchObject({ code: 'E_USAGE' })
  })
})

test('a network that does not answer while connecting is an unreachable main server', async () => {
  const connect = async () => {
    throw new TreecastError('E_DEADLINE', 'dialling main:7717 took longer than 5000 ms')
  }
  await expect(runProgram(['rank'], sampleShell({ connect }).shell)).rejects.toMatchObject({
    code: 'E_MAIN_UNREACHABLE',
  })
})

test('the home folder, the address and the token reach the connection', async () => {
  const given: object[] = []
  const connect = async (options: object) => {
    given.push(options)
    throw new TreecastError('E_NOT_ENROLLED', 'x')
  }
  const { shell } = sampleShell({ connect, environment: { TREECAST_SERVER: 'main:99' }, stdin: 'tcj1_x\n' })
  await expect(runProgram(['rank', '--home', '/h', '--join', '-'], shell)).rejects.toMatchObject({
    code: 'E_NOT_ENROLLED',
  })
  expect(given).toMatchObject([
    { folder: '/h/operator', join: 'tcj1_x', server: { host: 'main', port: 99 }, version: '9.9.9' },
  ])
})
