/** A pusher that serves its own push: `push --direct`. */

import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import type { TreecastProcess } from '../support/treecast-process.ts'

const MIB = 1024 ** 2
const NAMES = ['web1', 'web2', 'web3']

const endWith = endAfterAll()
let network: TreecastNetwork
let folder: string
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, serveArgs: ['--metrics', '127.0.0.1:0'], endWith })
  folder = temporaryFolder({ endWith })
})

async function file(name: string, bytes: number): Promise<string> {
  await makeFile(join(folder, name), bytes)
  return join(folder, name)
}

async function expectCopies(path: string, destination: string, names = NAMES): Promise<void> {
  const digest = await sha256File(path)
  for (const name of names) expect(await sha256File(network.inbox(name, destination)), name).toBe(digest)
}

describe('a direct push', () => {
  test.each(['classic', 'striped'])(
    'sends a file down a %s tree, and next to nothing to the main server',
    async (tree) => {
      const path = await file(`${tree}.bin`, 24 * MIB)
      const before = await network.bytesAtMain()
      const { code, result } = await network.push('--direct', path, '--tree', tree, '--fanout', '2')
      expect({ code, state: result.state, delivered: result.delivered }).toEqual({
        code: 0,
        state: 'complete',
        delivered: 3,
      })
      expect(new Set(result.targets.flatMap(({ upstreams }) => upstreams))).toContain('pusher')
      expect((await network.bytesAtMain()) - before).toBeLessThan(2 * MIB)
      await expectCopies(path, `${tree}.bin`)
      const { stdout } = await network.run(['status', String(result.transfer), '--json'])
      expect(JSON.parse(stdout)).toMatchObject({ from: 'pusher', storedBytes: 0, state: 'complete' })
    },
  )

  test('sends several paths, without what is left out', async () => {
    mkdirSync(join(folder, 'site', 'css'), { recursive: true })
    writeFileSync(join(folder, 'site', 'index.html'), 'hello')
    writeFileSync(join(folder, 'site', 'css', 'a.css'), 'a {}')
    writeFileSync(join(folder, 'site', 'css', 'a.map'), 'none of this')
    const other = await file('other', 3 * MIB)
    const paths = [join(folder, 'site'), other, '--exclude', '*.map']
    expect((await network.push('--direct', ...paths)).code).toBe(0)
    for (const name of NAMES) {
      expect(readFileSync(network.inbox(name, 'site/css/a.css'), 'utf8')).toBe('a {}')
      expect(network.delivered(name)).not.toContain('site/css/a.map')
    }
    await expectCopies(other, 'other')
  })

  test('draws its tree below the pusher', async () => {
    const { code, stdout } = await network.run(['push', '--direct', await file('drawn', MIB), '--dry-run'])
    expect({ code, drawn: stdout.match(/^pusher/m)?.[0] }).toEqual({ code: 0, drawn: 'pusher' })
  })

  test.each([
    [['--direct', '-', '--dest', 'piped'], /standard input/],
    [['--direct', '/etc/hostname', '--detach'], /--detach/],
    [['--direct', 'anything', '--from', 'web1'], /--from/],
  ])('%j is wrong usage', async (args, message) => {
    const { code, stderr } = await network.push(...args)
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })

  test('is ended by an interrupt, and nothing is delivered', async () => {
    const push = await startSlow('interrupted')
    await described(push)
    push.signal('SIGINT')
    const { code } = await push.exit
    expect(code).toBe(130)
    expect(push.stderr.text).toMatch(/interrupted: transfer \d+ is cancelled/)
    for (const name of NAMES) expect(network.delivered(name)).not.toContain('interrupted')
  })

  test('goes on while the main server is away, and ends when it is back', async () => {
    const push = await startSlow('without-main')
    await described(push)
    await network.serve.stop('SIGKILL')
    for (const name of NAMES) await arrived(name, 'without-main')
    await network.startServe()
    expect((await push.exit).code, push.stdout.text).toBe(0)
    expect(lastDocument(push.stdout.text)).toMatchObject({ state: 'complete', delivered: 3 })
    await expectCopies(join(folder, 'without-main'), 'without-main')
  })

  test('is finished by the terminals when the pusher is killed and one of them has all', async () => {
    const path = await file('orphaned', 6 * MIB)
    // One terminal at a time gets it, and passes it on when it has all.
    const args = ['--tree', 'classic', '--fanout', '1', '--relay-after', '6MiB', '--limit-rate', '4MiB/s']
    const push = await network.start(['push', '--direct', path, ...args, '--json'], { endWith })
    await Promise.race(NAMES.map((name) => arrived(name, 'orphaned')))
    await push.stop('SIGKILL')
    for (const name of NAMES) await arrived(name, 'orphaned')
    await expectCopies(path, 'orphaned')
  })
})

describe('a terminal that only opens connections', () => {
  test('gets it from another, and is refused when there is none', async () => {
    const small = await startNetwork({ terminals: ['relay'] })
    await small.enrol('walled', undefined, { args: ['--outbound-only'] })
    const path = await file('walled', 2 * MIB)
    expect((await small.push('--direct', path)).code).toBe(0)
    expect(await sha256File(small.inbox('walled', 'walled'))).toBe(await sha256File(path))
    const { code, result } = await small.push('--direct', path, '--to', 'walled', '--dest', 'alone')
    expect({ code, error: result.targets[0]?.error?.message }).toEqual({
      code: 4,
      error: expect.stringMatching(/push without --direct/),
    })
  })
})

/** A direct push of 8 MiB that takes a few seconds. */
async function startSlow(name: string): Promise<TreecastProcess> {
  const path = await file(name, 8 * MIB)
  return network.start(['push', '--direct', path, '--limit-rate', '3MiB/s', '--json'], { endWith })
}

/** Resolves once the main server has the tables of the whole content. */
async function described(push: TreecastProcess): Promise<void> {
  const [, transfer] = await push.waitForLine('stdout', /"type":"planned".*?"transfer":(\d+)/)
  for (;;) {
    const { stdout } = await network.run(['status', String(transfer), '--json'])
    if ((JSON.parse(stdout) as { state: string }).state === 'distributing') return
  }
}

async function arrived(name: string, content: string): Promise<void> {
  await network.relay(name).waitForLine('stderr', new RegExp(`content is active.*destination=${content}`), 60_000)
}
