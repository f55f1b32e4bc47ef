/** A terminal that sends what it has: `push --from`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const MIB = 1024 ** 2
const NAMES = ['web1', 'web2', 'web3', 'web4']

const endWith = endAfterAll()
let network: TreecastNetwork
let exported: string
beforeAll(async () => {
  network = await startNetwork({ serveArgs: ['--fanout', '2', '--metrics', '127.0.0.1:0'], endWith })
  exported = temporaryFolder({ endWith })
  const token = await network.token('--uses', String(NAMES.length))
  await Promise.all(NAMES.map((name) => network.enrol(name, token, { args: ['--export', exported] })))
})

async function exportFile(name: string, bytes: number): Promise<string> {
  await makeFile(join(exported, name), bytes)
  return join(exported, name)
}

async function expectCopies(names: readonly string[], path: string, destination: string): Promise<void> {
  const digest = await sha256File(path)
  for (const name of names) expect(await sha256File(network.inbox(name, destination)), name).toBe(digest)
}

describe('a terminal as the first server', () => {
  test.each(['classic', 'striped'])(
    'sends a file down a %s tree, and next to nothing goes over the main server',
    async (tree) => {
      const path = await exportFile(`${tree}.bin`, 24 * MIB)
      const before = await network.bytesAtMain()
      const { code, result } = await network.push('--from', 'web1', path, '--to', '!web1', '--tree', tree)
      expect({ code, state: result.state, delivered: result.delivered }).toEqual({
        code: 0,
        state: 'complete',
        delivered: 3,
      })
      expect(new Set(result.targets.flatMap(({ upstreams }) => upstreams))).toContain('web1')
      expect((await network.bytesAtMain()) - before).toBeLessThan(3 * MIB)
      await expectCopies(['web2', 'web3', 'web4'], path, `${tree}.bin`)
      expect(network.delivered('web1')).not.toContain(`${tree}.bin`)
    },
  )

  test('sends a folder to all, itself included, which takes nothing over a link for that', async () => {
    mkdirSync(join(exported, 'site', 'css'), { recursive: true })
    writeFileSync(join(exported, 'site', 'index.html'), 'hello')
    writeFileSync(join(exported, 'site', 'css', 'a.css'), 'a {}')
    const { code, result } = await network.push('--from', 'web2', join(exported, 'site'), '--dest', 'www/site')
    expect({ code, delivered: result.delivered }).toEqual({ code: 0, delivered: 4 })
    for (const name of NAMES) expect(readFileSync(network.inbox(name, 'www/site/css/a.css'), 'utf8')).toBe('a {}')
  })

  test('sends on what lies in its inbox', async () => {
    const path = await exportFile('passed-on', MIB)
    expect((await network.push('--from', 'web1', path, '--to', 'web2')).code).toBe(0)
    expect((await network.push('--from', 'web2', 'passed-on')).code).toBe(0)
    await expectCopies(NAMES, path, 'passed-on')
  })

  test('that is offline or unknown is told at once, as wrong usage', async () => {
    const { code, result } = await network.push('--from', 'web9', 'anything')
    expect({ code, error: result.error?.code }).toEqual({ code: 2, error: 'E_FIRST_SERVER' })
  })

  test.each([
    [
      '/etc/passwd',
      'E_PATH_NOT_EXPORTED',
      /^treecast push: terminal web1: \/etc\/passwd is in none of the folders that its owner/,
    ],
    ['nothing', 'E_PATH_UNREADABLE', /^treecast push: terminal web1: nothing does not exist there/],
  ])('does not send %s', async (path, code, message) => {
    const { code: exit, stderr, result } = await network.push('--from', 'web1', path)
    expect({ exit, code: result.error?.code }).toEqual({ exit: 2, code })
    expect(stderr).toMatch(message)
  })
})

describe('faults', () => {
  test('the main server is killed while a terminal sends: the others get it, and the push ends when it is back', async () => {
    const path = await exportFile('without-main', 8 * MIB)
    const args = ['push', '--from', 'web1', path, '--to', '!web1', '--limit-rate', '3MiB/s', '--json']
    const push = await network.start(args, { endWith })
    await described(push)
    await network.serve.stop('SIGKILL')
    for (const name of ['web2', 'web3', 'web4']) await arrived(name, 'without-main')
    await network.startServe()
    expect((await push.exit).code, push.stdout.text).toBe(0)
    expect(lastDocument(push.stdout.text)).toMatchObject({ state: 'complete', delivered: 3 })
    await expectCopies(['web2', 'web3', 'web4'], path, 'without-main')
    // The push waited for those who get it; who sent it may still be between two tries to reach the main server.
    await expect.poll(() => network.online(), { timeout: 30_000 }).toBe(NAMES.length)
  })

  test('the terminal is killed half-way: once it is back, the others get the rest', async () => {
    const path = await exportFile('killed', 8 * MIB)
    const args = ['push', '--from', 'web1', path, '--to', '!web1', '--limit-rate', '2MiB/s', '--json']
    const push = await network.start(args, { endWith })
    await described(push)
    await network.relay('web1').stop('SIGKILL')
    await network.startRelay('web1', { args: ['--export', exported] })
    expect((await push.exit).code, push.stdout.text).toBe(0)
    await expectCopies(['web2', 'web3', 'web4'], path, 'killed')
  })

  test('a target that is offline gets it when it is back, after the push has ended', async () => {
    const path = await exportFile('later', MIB)
    await network.relay('web4').stop('SIGTERM')
    const { code, result } = await network.push('--from', 'web1', path, '--to', 'web2,web4')
    expect({ code, delivered: result.delivered, pending: result.pending }).toEqual({
      code: 3,
      delivered: 1,
      pending: 1,
    })
    await network.startRelay('web4', { args: ['--export', exported] })
    await arrived('web4', 'later')
    await expectCopies(['web4'], path, 'later')
  })
})

describe('what the library gave up', () => {
  test('is delivered to who comes back from a terminal that has it, and says so while none is here', async () => {
    const small = await startNetwork({ terminals: ['a', 'b'], serveArgs: ['--library-quota', '6MiB'] })
    await small.relay('b').stop('SIGKILL')
    const [first, next] = [await exportFile('owed', 4 * MIB), await exportFile('next', 4 * MIB)]
    expect((await small.push(first)).result).toMatchObject({ delivered: 1, pending: 1 })
    expect((await small.push(next, '--to', 'a')).code).toBe(0)
    await small.relay('a').stop('SIGKILL')
    await small.startRelay('b')
    const { stdout } = await small.run(['status', '--json'])
    expect(JSON.parse(stdout).owed[0].error.code).toBe('E_NO_PROVIDER')
    await small.startRelay('a')
    await small.relay('b').waitForLine('stderr', /content is active.*destination=owed/, 30_000)
    expect(await sha256File(small.inbox('b', 'owed'))).toBe(await sha256File(first))
  })
})

/** Resolves once the main server has the tables of the whole content. */
async function described(
  push: { readonly stdout: { readonly text: string } } & Awaited<ReturnType<TreecastNetwork['start']>>,
): Promise<void> {
  const [, transfer] = await push.waitForLine('stdout', /"type":"planned".*?"transfer":(\d+)/)
  for (;;) {
    const { stdout } = await network.run(['status', String(transfer), '--json'])
    if ((JSON.parse(stdout) as { state: string }).state === 'distributing') return
  }
}

async function arrived(name: string, file: string): Promise<void> {
  await network.relay(name).waitForLine('stderr', new RegExp(`content is active.*destination=${file}`), 60_000)
}
