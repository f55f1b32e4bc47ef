/** What whoever runs the daemons sees: metrics, reloads, what a service manager is told, and how a terminal for one transfer ends. */

import {
  chmodSync,
  closeSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  writeFileSync,
  writeSync,
} from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import { runTreecast, startTreecast } from '../support/treecast-process.ts'

const endWith = endAfterAll()
let network: TreecastNetwork
let metricsUrl: string
let settings: string
beforeAll(async () => {
  settings = join(temporaryFolder({ endWith }), 'settings.json')
  writeFileSync(settings, '{"log-level":"info"}')
  const serveArgs = ['--metrics', '127.0.0.1:0', '--config', settings]
  network = await startNetwork({ terminals: ['web1', 'web2'], serveArgs, endWith })
  const [, url] = await network.serve.waitForLine('stderr', /metrics are served {2}address=(\S+)/)
  metricsUrl = url ?? ''
})

/** The figures by name and labels. */
async function figures(): Promise<Record<string, number>> {
  const text = await (await fetch(metricsUrl)).text()
  const lines = text.split('\n').filter((line) => line !== '' && !line.startsWith('#'))
  return Object.fromEntries(lines.map((line) => [line.slice(0, line.lastIndexOf(' ')), Number(line.split(' ').at(-1))]))
}

describe('metrics', () => {
  test('tell of terminals, transfers and bytes', async () => {
    const before = await figures()
    expect(before).toMatchObject({ 'treecast_terminals{state="known"}': 2, 'treecast_terminals{state="online"}': 2 })
    const path = join(temporaryFolder(), 'content')
    await makeFile(path, 1024 ** 2, { compressible: false })
    expect(await network.run(['push', path])).toMatchObject({ code: 0 })
    const after = await figures()
    expect(after['treecast_transfers{state="complete"}']).toBe(1)
    expect(after.treecast_deliveries_received_total).toBe(2)
    expect(after.treecast_response_seconds_count).toBeGreaterThan(2)
    const received = (after.treecast_received_bytes_total ?? 0) - (before.treecast_received_bytes_total ?? 0)
    expect(received).toBeGreaterThan(1024 ** 2)
    expect(received).toBeLessThan(1.2 * 1024 ** 2)
  })

  test('on an address that is taken end the start with a line that says so', async () => {
    const { host } = new URL(metricsUrl)
    const ended = await runTreecast({ args: ['serve', '--listen', '127.0.0.1:0', '--metrics', host] })
    expect(ended).toMatchObject({ code: 2, stdout: '' })
    expect(ended.stderr).toContain(`treecast serve: another process listens on ${host} already`)
  })
})

describe('a push of what is there already', () => {
  test('moves next to nothing to the terminals, gives the file its new mode, and exits 0', async () => {
    const path = join(temporaryFolder(), 'again.bin')
    const bytes = 8 * 1024 ** 2
    const digest = await makeFile(path, bytes, { compressible: false })
    expect(await network.run(['push', path])).toMatchObject({ code: 0 })
    const before = await figures()
    chmodSync(path, 0o640)
    const again = await network.run(['push', path])
    expect(again).toMatchObject({ code: 0, stdout: expect.stringContaining('2 of 2 targets have again.bin') })
    const after = await figures()
    expect((after.treecast_sent_bytes_total ?? 0) - (before.treecast_sent_bytes_total ?? 0)).toBeLessThan(bytes / 50)
    for (const name of ['web1', 'web2']) {
      expect(await sha256File(network.inbox(name, 'again.bin')), name).toBe(digest)
      expect(statSync(network.inbox(name, 'again.bin')).mode & 0o777, name).toBe(0o640)
    }
  })

  test('fetches what has changed in place, and only that', async () => {
    const path = join(temporaryFolder(), 'edited.bin')
    const bytes = 8 * 1024 ** 2
    await makeFile(path, bytes, { compressible: false })
    expect(await network.run(['push', path])).toMatchObject({ code: 0 })
    const file = openSync(path, 'r+')
    writeSync(file, 'changed', 5_000_000)
    closeSync(file)
    const before = await figures()
    expect(await network.run(['push', path])).toMatchObject({ code: 0 })
    const after = await figures()
    expect((after.treecast_sent_bytes_total ?? 0) - (before.treecast_sent_bytes_total ?? 0)).toBeLessThan(bytes / 20)
    for (const name of ['web1', 'web2'])
      expect(await sha256File(network.inbox(name, 'edited.bin')), name).toBe(await sha256File(path))
  })
})

describe('relay --once', () => {
  /** Starts a newcomer for one transfer. */
  async function startOnce(name: string, ...args: string[]) {
    const token = await network.token()
    const once = ['relay', '--join', token, '--name', name, '--listen', '127.0.0.1:0', '--once', ...args]
    const started = await startTreecast({ args: once })
    await started.waitForLine('stdout', / joined /)
    return started
  }

  test('ends when its first transfer is there, and says where', async () => {
    const once = await startOnce('once1')
    const path = join(temporaryFolder(), 'once.bin')
    const digest = await makeFile(path, 3 * 1024 ** 2)
    expect(await network.run(['push', path, '--to', 'once1'])).toMatchObject({ code: 0 })
    expect(await once.exit).toEqual({ code: 0, signal: null })
    const received = join(once.home, 'relay', 'inbox', 'once.bin')
    expect(once.stdout.text.split('\n')[1]).toBe(`treecast relay: received ${received}`)
    expect(await sha256File(received)).toBe(digest)
  })

  test('fails with the reason when the transfer cannot be taken', async () => {
    const once = await startOnce('once2')
    mkdirSync(join(once.home, 'relay', 'inbox', 'taken'))
    const path = join(temporaryFolder(), 'taken')
    await makeFile(path, 100)
    expect(await network.run(['push', path, '--to', 'once2'])).toMatchObject({ code: 4 })
    expect(await once.exit).toEqual({ code: 4, signal: null })
    expect(once.stderr.text).toMatch(/treecast relay: transfer \d+ of taken did not arrive: taken is a folder there/)
  })
})

describe('serve --library-quota', () => {
  test('makes room of what everybody has, and refuses up front what would not fit', async () => {
    const small = await startNetwork({ terminals: ['q1'], serveArgs: ['--library-quota', '3MiB'] })
    const folder = temporaryFolder()
    const [two, four] = [join(folder, 'two'), join(folder, 'four')]
    await makeFile(two, 2 * 1024 ** 2, { compressible: false })
    await makeFile(four, 4 * 1024 ** 2, { compressible: false })
    expect(await small.run(['push', two])).toMatchObject({ code: 0 })
    // The first still lingers in the library: together they would not fit.
    expect(await small.run(['push', two, '--dest', 'again'])).toMatchObject({ code: 0 })
    const refused = await small.run(['push', four])
    expect(refused).toMatchObject({ code: 4, stdout: '' })
    expect(refused.stderr).toContain('the library may hold 3 MiB (--library-quota) and holds 0 B')
    const piped = await small.run(['push', '-', '--dest', 'piped'], { input: readFileSync(four) })
    expect(piped.code).toBe(4)
    expect(piped.stdout + piped.stderr).toContain('the library may hold 3 MiB (--library-quota)')
  })
})

describe('the library', () => {
  test('takes of a content that was pushed before only what has changed', async () => {
    const folder = temporaryFolder()
    const again = await startNetwork({ terminals: ['d1'], serveArgs: ['--metrics', '127.0.0.1:0'] })
    const [, url] = await again.serve.waitForLine('stderr', /metrics are served {2}address=(\S+)/)
    const received = async () => {
      const text = await (await fetch(url ?? '')).text()
      return Number(/^treecast_received_bytes_total(?:\{[^}]*\})? (\d+)/m.exec(text)?.[1])
    }
    let uploadedBytes: number | undefined
    const path = join(folder, 'large')
    await makeFile(path, 8 * 1024 ** 2, { compressible: false })
    const pushed = async (input?: Buffer) => {
      const before = await received()
      const args = input === undefined ? ['push', path] : ['push', '-', '--dest', 'large']
      const { code, stdout } = await again.run([...args, '--json'], input === undefined ? {} : { input })
      expect(code).toBe(0)
      uploadedBytes = lastDocument(stdout).uploadedBytes
      expect(await sha256File(again.inbox('d1', 'large'))).toBe(await sha256File(path))
      return (await received()) - before
    }
    expect(await pushed()).toBeGreaterThan(8 * 1024 ** 2)
    expect(uploadedBytes).toBe(8 * 1024 ** 2)
    expect(await pushed()).toBeLessThan(128 * 1024)
    expect(uploadedBytes).toBe(0)
    const bytes = readFileSync(path)
    writeFileSync(path, Buffer.concat([bytes.subarray(0, 3e6), Buffer.from('new'), bytes.subarray(3e6 + 100)]))
    expect(await pushed()).toBeLessThan(512 * 1024)
    // Through a pipe, too.
    expect(await pushed(readFileSync(path))).toBeLessThan(1024 ** 2)
  })

  test('holds the same bytes once, through a restart, and says why; what it keeps for nothing goes with --library-age', async () => {
    const kept = await startNetwork({ terminals: ['k1'] })
    const path = join(temporaryFolder(), 'once')
    await makeFile(path, 2 * 1024 ** 2, { compressible: false })
    for (const destination of ['a', 'a', 'b']) {
      expect(await kept.run(['push', path, '--dest', destination])).toMatchObject({ code: 0 })
    }
    const library = async () => JSON.parse((await kept.run(['status', '--json'])).stdout).library
    expect(await library()).toMatchObject({
      contents: 1,
      bytes: 2 * 1024 ** 2,
      held: [{ bytes: 2 * 1024 ** 2, destination: 'b', why: 'kept' }],
    })
    const contents = () => readdirSync(join(kept.home, 'serve', 'library', 'contents'))
    expect(contents()).toEqual([(await library()).held[0].digest])
    await kept.serve.stop('SIGKILL')
    await kept.startServe()
    // Of the two for one destination, the newer stays.
    expect((await library()).held).toMatchObject([{ destination: 'b', transfers: 2 }])
    await kept.serve.stop('SIGKILL')
    await kept.startServe({ args: ['--library-age', '0s'] })
    expect(await library()).toMatchObject({ contents: 0, bytes: 0, held: [] })
    expect(contents()).toEqual([])
  })
})

test('SIGHUP reloads the settings file', async () => {
  writeFileSync(settings, '{"log-level":"debug","fanout":"9"}')
  network.serve.signal('SIGHUP')
  await network.serve.waitForLine('stderr', /a setting was reloaded {2}option=fanout value=9/)
  await network.serve.waitForLine('stderr', /a setting was reloaded {2}option=log-level value=debug/)
})
