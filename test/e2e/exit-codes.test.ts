/** Every exit code of treecast(1), EXIT STATUS, provoked: scripts stand on these numbers. */

import { existsSync, mkdirSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const endWith = endAfterAll()
let network: TreecastNetwork
let folder: string
/** web1 and web2 are here, web3 is offline; web2 has a folder in the way of `blocked`. */
beforeAll(async () => {
  network = await startNetwork({ terminals: ['web1', 'web2', 'web3'], endWith })
  await network.relay('web3').stop()
  mkdirSync(network.inbox('web2', 'blocked'))
  folder = temporaryFolder({ endWith })
  writeFileSync(join(folder, 'file'), 'content')
})

const run = (args: string, env: Readonly<Record<string, string>> = {}) => network.run(args.split(' '), { folder, env })

describe('a push ends with', () => {
  test.each([
    [0, 'push file --to web[1-2]'],
    [0, 'push file --to web[1-2] --deadline 60s --quiet'],
    [0, 'push file --dry-run'],
    [2, 'push nothing'],
    [2, 'push file --to web9'],
    [3, 'push file --to all'],
    [3, 'push file --to web1,web2 --dest blocked'],
    [4, 'push file --to web3'],
    [4, 'push file --to web2 --dest blocked'],
    [5, 'push file --server 127.0.0.1:1'],
    [6, 'push file --home new'],
    [7, 'push file --deadline 300ms'],
  ])('%i: treecast %s', async (code, args) => {
    expect(await run(args)).toMatchObject({ code })
  })

  test('1 after an internal error', async () => {
    const home = temporaryFolder()
    const { code: made } = await network.run(['serve', 'token', '--home', home])
    writeFileSync(
      join(home, 'serve', 'network.db'),
      'no database at all, but long enough to be taken for one'.repeat(100),
    )
    const { code, stderr } = await network.run(['serve', 'token', '--home', home])
    expect({ made, code }).toEqual({ made: 0, code: 1 })
    expect(stderr).toMatch(/network\.db is damaged \(.*Restore it from a backup\.\n$/)
  })

  test.skipIf(!existsSync('/dev/full'))('1 when it has the content delivered and cannot say so', async () => {
    const command = ['/bin/sh', '-c', 'exec "$@" > /dev/full', 'sh']
    expect(await network.run(['push', 'file', '--to', 'web1'], { folder, command })).toMatchObject({
      code: 1,
      stderr: 'treecast push: standard output cannot be written (ENOSPC)\n',
    })
  })

  test('130 when it is interrupted', async () => {
    const push = await network.start(['push', 'file', '--deadline', '60s'], { folder })
    await push.waitForLine('stdout', /^web1 received /)
    expect((await push.stop('SIGINT')).code).toBe(130)
    // web2 may not have it yet.
    expect(push.stderr.text).toMatch(/^treecast push: interrupted(: transfer \d+ is cancelled)?\n$/)
  })

  test('2 while another run of the same name is under way', async () => {
    const args = ['push', 'file', '--to', 'web1', '--exclusive', 'nightly']
    const first = await network.start([...args, '--to', 'web3', '--deadline', '60s'], { folder })
    await first.waitForLine('stdout', /^web3 pending/)
    const second = await network.run(args, { folder })
    expect(second).toMatchObject({ code: 2, stdout: '' })
    expect(second.stderr).toMatch(
      /another run with --exclusive nightly is under way on this machine: nothing was pushed\n$/,
    )
    await first.stop('SIGKILL')
    expect((await network.run(args, { folder })).code).toBe(0)
  })
})

test('what cron mails is plain text: what came of it, and who lacks the content', async () => {
  const { stdout, stderr } = await run('push file --quiet', { TERM: 'xterm', FORCE_COLOR: '1' })
  expect(stdout).toBe('')
  expect(stderr).toMatch(
    /^treecast push: transfer \d+ partial: 2 of 3 targets .*\ntreecast push: {3}web3 pending: .*\n$/,
  )
})

describe('a question ends with', () => {
  test.each([
    [0, 'rank'],
    [0, 'status'],
    [0, 'status --explain web3'],
    [0, 'status --audit'],
    [3, 'status --check'],
    [2, 'rank web1 --pin --unpin'],
    [2, 'rank --revoke'],
    [2, 'status 4711'],
    [2, 'status --explain web9'],
    [5, 'status --check --server 127.0.0.1:1'],
    [6, 'rank --home new'],
  ])('%i: treecast %s', async (code, args) => {
    expect(await run(args)).toMatchObject({ code })
  })
})
