/** A push to four terminals, two under each: what arrives, what is told, and what each option changes. */

import { chmodSync, mkdirSync, readFileSync, statSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const NAMES = ['web1', 'web2', 'web3', 'web4']

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, serveArgs: ['--fanout', '2'], endWith })
})

/** A file of `bytes` bytes in a folder of its own. */
async function contentOf(bytes: number, name = 'content', options: { seed?: number; compressible?: boolean } = {}) {
  const path = join(temporaryFolder(), name)
  return { path, digest: await makeFile(path, bytes, options) }
}

async function expectCopies(path: string, digest: string): Promise<void> {
  for (const name of NAMES) expect(await sha256File(network.inbox(name, path)), name).toBe(digest)
}

const document = (line: string) => JSON.parse(line) as Record<string, unknown>

describe('the main server and the terminals', () => {
  test('say that they are ready in one line of stdout each, and nothing else there', () => {
    expect(network.serve.stdout.text).toBe(`treecast serve: listening on ${network.address}\n`)
    for (const name of NAMES)
      expect(network.relay(name).stdout.text).toMatch(
        new RegExp(`^treecast relay: ${name} joined ${network.address}, listening on 127\\.0\\.0\\.1:\\d+\\n$`),
      )
  })
})

describe('a push', () => {
  test('gives every terminal a copy with the same bytes, mode and time, and tells one line per target', async () => {
    const { path, digest } = await contentOf(4 * 1024 ** 2, 'photos.tar')
    chmodSync(path, 0o750)
    const modified = new Date('2021-03-04T05:06:07.000Z')
    utimesSync(path, modified, modified)
    const { code, stdout, stderr } = await network.run(['push', path])
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' })

    await expectCopies('photos.tar', digest)
    for (const name of NAMES) {
      const { mode, mtime } = statSync(network.inbox(name, 'photos.tar'))
      expect({ name, mode: mode & 0o7777, mtime }).toEqual({ name, mode: 0o750, mtime: modified })
    }

    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(NAMES.length + 1)
    for (const name of NAMES)
      expect(
        lines.filter((line) => line.startsWith(`${name} received 4.0 MiB in `)),
        name,
      ).toHaveLength(1)
    expect(lines.at(-1)).toMatch(/^transfer \d+ complete: 4 of 4 targets have photos\.tar \(4\.0 MiB\) after [\d.]+ s$/)
  })

  test('leaves nothing in any staging folder', () => {
    for (const name of NAMES) expect(network.staged(name), name).toEqual([])
  })

  test('with --json ends with one result, which names the upstreams of a tree that keeps the fan-out', async () => {
    const { path } = await contentOf(300_000)
    const { code, stdout } = await network.run(['push', path, '--tree', 'classic', '--json'])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n').map(document)
    expect(lines.map(({ type }) => type)).toEqual(['planned', ...NAMES.map(() => 'target'), 'result'])
    for (const line of lines) expect(line).toMatchObject({ version: 1, transfer: expect.any(Number), bytes: 300_000 })

    const result = lastDocument(stdout)
    expect(result).toMatchObject({ state: 'complete', delivered: 4, failed: 0, pending: 0, error: null })
    expect(result.targets.map(({ name }) => name).sort()).toEqual(NAMES)
    for (const target of result.targets)
      expect(target).toMatchObject({ state: 'active', seconds: expect.any(Number), attempts: 1, error: null })
    const upstreams = result.targets.map((target) => target.upstreams[0])
    expect(upstreams.filter((name) => name === 'main')).toHaveLength(2)
    expect(new Set(upstreams).size).toBe(3)
  })

  test('with --tree striped has each terminal receive from several, and the main server send each packet once', async () => {
    const { path, digest } = await contentOf(3 * 1024 ** 2, 'striped', { seed: 9 })
    const { code, stdout } = await network.run(['push', path, '--tree', 'striped', '--fanout', '2', '--json'])
    expect(code).toBe(0)
    await expectCopies('striped', digest)
    const { transfer } = lastDocument(stdout)
    const status = document((await network.run(['status', String(transfer), '--json'])).stdout)
    expect(status).toMatchObject({ tree: 'striped', stripes: 2 })
    const terminals = status.terminals as TransferSnapshot['terminals']
    for (const { attempts } of terminals) expect(attempts).toBe(1)
    for (const stripe of [0, 1]) {
      expect(terminals.filter(({ upstreams }) => upstreams[stripe] === 0)).toHaveLength(1)
    }
  })

  test('with --quiet says nothing', async () => {
    const { path, digest } = await contentOf(1000, 'quiet', { seed: 2 })
    expect(await network.run(['push', path, '--quiet'])).toEqual({ code: 0, signal: null, stdout: '', stderr: '' })
    await expectCopies('quiet', digest)
  })

  test('with --dry-run draws the tree, sends nothing and records nothing', async () => {
    const { path } = await contentOf(1000, 'planned-only')
    // The room on its disk is not the main server's alone.
    const recorded = async () => {
      const { transfers, owed, library } = JSON.parse((await network.run(['status', '--json'])).stdout)
      return { transfers, owed, bytes: library.bytes }
    }
    const before = await recorded()
    const { code, stdout } = await network.run(['push', path, '--dry-run', '--fanout', '1'])
    expect(code).toBe(0)
    for (const name of NAMES) expect(stdout).toContain(name)
    expect(stdout).toContain('fan-out 1')

    const json = await network.run(['push', path, '--dry-run', '--json'])
    expect(document(json.stdout)).toMatchObject({ type: 'planned', transfer: null, name: 'planned-only' })
    expect(await recorded()).toEqual(before)
    for (const name of NAMES) expect(network.delivered(name)).not.toContain('planned-only')
  })

  test('with --detach returns before the deliveries are known, and they are made all the same', async () => {
    const { path, digest } = await contentOf(1_000_000, 'detached', { seed: 3 })
    const { code, stdout } = await network.run(['push', path, '--detach'])
    expect(code).toBe(0)
    const [, transfer = ''] = /^transfer (\d+) goes on: .*treecast status \d+ --watch\n$/.exec(stdout) ?? []
    const watched = await network.run(['status', transfer, '--watch'])
    expect(watched.code).toBe(0)
    expect(watched.stdout).toContain(`transfer ${transfer} complete`)
    await expectCopies('detached', digest)
  })

  test('of standard input lands under the name of --dest', async () => {
    const { code } = await network.run(['push', '-', '--dest', 'notes/today.txt'], { input: 'hello\n' })
    expect(code).toBe(0)
    for (const name of NAMES) expect(readFileSync(network.inbox(name, 'notes/today.txt'), 'utf8')).toBe('hello\n')
  })

  test('of a file on standard input is of what is left of it', async () => {
    const folder = temporaryFolder()
    writeFileSync(join(folder, 'list'), 'heading\nrest\n')
    const command = ['/bin/sh', '-c', '{ read -r heading; exec "$@"; } < list', 'sh']
    expect((await network.run(['push', '-', '--dest', 'rest'], { folder, command })).code).toBe(0)
    expect(readFileSync(network.inbox('web1', 'rest'), 'utf8')).toBe('rest\n')
  })

  test('of empty standard input makes an empty file', async () => {
    expect((await network.run(['push', '-', '--dest', 'nothing'], { input: '' })).code).toBe(0)
    for (const name of NAMES) expect(statSync(network.inbox(name, 'nothing')).size).toBe(0)
  })

  test.each([
    ['no byte', 0],
    ['one byte', 1],
    ['exactly one packet', 4096],
    ['exactly four packets', 4 * 4096],
    ['four packets and a byte', 4 * 4096 + 1],
  ])('of a file of %s arrives', async (_, bytes) => {
    const { path, digest } = await contentOf(bytes, 'sized', { seed: bytes })
    const { code, result } = await network.push(path, '--packet-size', '4KiB')
    expect({ code, bytes: result.bytes }).toEqual({ code: 0, bytes })
    await expectCopies('sized', digest)
  })

  const compressions = ['auto', 'zstd', 'lz4', 'none']
  const ciphers = ['aes-256-gcm', 'xsalsa20-poly1305']
  test.each(compressions.flatMap((compression) => ciphers.map((cipher) => [compression, cipher] as const)))(
    'with --compress %s and --cipher %s arrives whole',
    async (compression, cipher) => {
      const { path, digest } = await contentOf(700_000, 'sealed', { seed: compression.length, compressible: true })
      const { code } = await network.push(path, '--compress', compression, '--cipher', cipher)
      expect(code).toBe(0)
      await expectCopies('sealed', digest)
    },
  )

  test('with --to goes to those only', async () => {
    const { path } = await contentOf(1000, 'for-some')
    const { code, result } = await network.push(path, '--to', 'all,!web2,!WEB3')
    expect({ code, names: result.targets.map(({ name }) => name).sort() }).toEqual({ code: 0, names: ['web1', 'web4'] })
    expect(network.delivered('web1')).toContain('for-some')
    expect(network.delivered('web2')).not.toContain('for-some')
  })

  test('with several --to goes to all that they name together', async () => {
    const { path } = await contentOf(1000, 'for-several')
    const { result } = await network.push(path, '--to', 'web1,web2', '--to', '!web2', '--to', 'web3')
    expect(result.targets.map(({ name }) => name).sort()).toEqual(['web1', 'web3'])
  })

  test('with --dest in a folder makes that folder', async () => {
    const { path, digest } = await contentOf(1000)
    expect((await network.push(path, '--dest', 'a/b/c.bin')).code).toBe(0)
    await expectCopies('a/b/c.bin', digest)
  })

  test('of the same name again replaces the file', async () => {
    const first = await contentOf(200_000, 'again', { seed: 4 })
    const second = await contentOf(100_000, 'again', { seed: 5 })
    expect((await network.push(first.path)).code).toBe(0)
    expect((await network.push(second.path)).code).toBe(0)
    await expectCopies('again', second.digest)
  })

  test('does not replace a folder, says so, and does with --force', async () => {
    const { path, digest } = await contentOf(1000, 'taken')
    mkdirSync(network.inbox('web3', 'taken'))
    writeFileSync(network.inbox('web3', 'taken/precious'), 'x')
    const refused = await network.push(path)
    expect(refused.code).toBe(3)
    expect(refused.result).toMatchObject({ state: 'partial', delivered: 3, failed: 1, pending: 0 })
    const target = refused.result.targets.find(({ name }) => name === 'web3')
    expect(target).toMatchObject({ state: 'failed', error: { code: 'E_DESTINATION_BLOCKED' } })
    expect(target?.error?.message).toMatch(/taken is a folder there .* --force/)
    expect(network.delivered('web3')).toContain('taken/precious')

    expect((await network.push(path, '--force')).code).toBe(0)
    await expectCopies('taken', digest)
    // The folder is taken apart once the file is in its place.
    await expect.poll(() => network.staged('web3')).toEqual([])
  })

  test('takes its options from the environment and from a settings file, the command line first', async () => {
    const { path } = await contentOf(1000, 'from-settings')
    const settings = join(temporaryFolder(), 'settings.json')
    writeFileSync(settings, JSON.stringify({ to: 'web1,web2', dest: 'from/file', 'packet-size': '8KiB' }))
    const { code, stdout } = await network.run(['push', path, '--config', settings, '--dest', 'from/line'], {
      env: { TREECAST_TO: 'web2', TREECAST_JSON: 'true', TREECAST_OF_SOMEBODY_ELSE: '1' },
    })
    expect(code).toBe(0)
    expect(document(stdout.split('\n')[0] ?? '')).toMatchObject({
      destination: 'from/line',
      packetBytes: 8192,
      targets: [{ name: 'web2' }],
    })
  })
})

describe('rank', () => {
  test('lists the terminals, the fastest first', async () => {
    const { code, stdout } = await network.run(['rank'])
    expect(code).toBe(0)
    const [heading, ...rows] = stdout.trimEnd().split('\n')
    expect(heading).toMatch(/^rank +name +state +score +response/)
    const terminals = rows.slice(0, rows.indexOf(''))
    expect(terminals.map((row) => row.trim().split(/ +/)[0])).toEqual(['1', '2', '3', '4'])
    for (const row of terminals) expect(row).toMatch(/web[1-4] +online .*127\.0\.0\.1:\d+/)
  })

  test('is one JSON document with --json', async () => {
    const { terminals, ...rest } = JSON.parse((await network.run(['rank', 'web2,web1', '--json'])).stdout)
    expect(rest).toEqual({ version: 1, by: 'score', trainBytes: expect.any(Number) })
    expect(terminals.map(({ name }: { name: string }) => name).sort()).toEqual(['web1', 'web2'])
    for (const terminal of terminals)
      expect(terminal).toMatchObject({ online: true, leaf: false, responseMs: expect.any(Number) })
  })
})

describe('status', () => {
  test('lists the transfers, the latest first, in text and as JSON', async () => {
    const { path } = await contentOf(2048, 'listed')
    const { result } = await network.push(path)
    const text = await network.run(['status'])
    expect(text.code).toBe(0)
    expect(text.stdout).toMatch(/^4 of 4 terminals online · library: \d+ contents, [\d.]+ MiB\n/)
    expect(text.stdout.split('\n')[3]).toMatch(
      new RegExp(`^ *${result.transfer}  complete  listed +2\\.0 KiB +4 +0 +0 `),
    )

    const json = JSON.parse((await network.run(['status', '--json'])).stdout)
    expect(json).toMatchObject({ version: 1, terminalsOnline: 4, terminals: 4 })
    expect(json.transfers[0]).toMatchObject({ transfer: result.transfer, state: 'complete', bytes: 2048, delivered: 4 })
  })

  test('draws one transfer with its tree, and tells it as JSON', async () => {
    const { path } = await contentOf(2048, 'drawn')
    const { result } = await network.push(path)
    const text = await network.run(['status', String(result.transfer)])
    expect(text.code).toBe(0)
    for (const name of ['main', 'drawn', ...NAMES]) expect(text.stdout).toContain(name)
    const json = JSON.parse((await network.run(['status', String(result.transfer), '--json'])).stdout)
    expect(json).toMatchObject({ version: 1, transfer: result.transfer, name: 'drawn', state: 'complete' })
    expect(json.terminals).toHaveLength(4)
  })

  test('of a transfer that does not exist is refused', async () => {
    const { code, stderr } = await network.run(['status', '4711'])
    expect({ code, stderr }).toEqual({
      code: 2,
      stderr: 'treecast status: there is no transfer 4711: `treecast status` lists the last ones\n',
    })
  })

  test('--watch on a pipe tells each target once and ends with the result', async () => {
    const { path } = await contentOf(2048, 'watched')
    const { result } = await network.push(path)
    const { code, stdout } = await network.run(['status', String(result.transfer), '--watch'])
    expect(code).toBe(0)
    const lines = stdout.trimEnd().split('\n')
    expect(lines).toHaveLength(5)
    expect(
      lines
        .slice(0, 4)
        .map((line) => line.split(' ')[0])
        .sort(),
    ).toEqual(NAMES)
    expect(lines[4]).toMatch(/^transfer \d+ complete: 4 of 4 targets have watched/)
  })
})
