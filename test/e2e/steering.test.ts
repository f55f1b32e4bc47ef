/** What operators set about terminals, and what selectors make of it: labels, groups, pins, exclusions, revocation. */

import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startNetwork } from '../support/treecast-network.ts'

interface Ranked {
  readonly name: string
  readonly pinned: boolean
  readonly excluded: boolean
  readonly labels: Readonly<Record<string, string>>
}

test('terminals are selected by their labels, steered, and cut off', async () => {
  const network = await startNetwork({ terminals: ['web1', 'web2'] })
  const token = await network.token('--uses', '2')
  await network.enrol('db1', token, { args: ['--label', 'role=database', '--label', 'site=north'] })
  await network.enrol('db2', token, { env: { TREECAST_LABEL: 'role=database\nsite=south' } })
  const folder = temporaryFolder()
  const file = join(folder, 'file')
  writeFileSync(file, 'content')
  const rank = async (...args: string[]): Promise<Ranked[]> => {
    const { code, stdout, stderr } = await network.run(['rank', ...args, '--json'])
    if (code !== 0) throw new Error(stderr)
    return JSON.parse(stdout).terminals
  }

  expect((await network.push(file, '--to', 'role=database,!site=south')).result).toMatchObject({ delivered: 1 })
  expect(network.delivered('db1')).toEqual(['file'])
  expect(network.delivered('db2')).toEqual([])

  await rank('web1,db2', '--group', 'canary', '--label', 'site=west')
  expect(await rank('site=west')).toMatchObject([{ labels: { site: 'west' } }, { labels: { site: 'west' } }])
  expect((await network.push(file, '--to', '@canary,!db*')).result).toMatchObject({ delivered: 1 })

  await rank('web2', '--pin')
  await rank('db1', '--exclude')
  const order = await rank()
  expect([order[0], order.at(-1)]).toMatchObject([
    { name: 'web2', pinned: true },
    { name: 'db1', excluded: true },
  ])
  // One after the other in a chain: the excluded one stands at its end, and gets the content all the same.
  const { result } = await network.push(file, '--dest', 'chain', '--fanout', '1', '--tree', 'classic')
  expect(result.delivered).toBe(4)
  expect(result.targets.filter(({ upstreams }) => upstreams.includes('db1'))).toEqual([])

  await network.run(['rank', 'db1', '--revoke'])
  expect((await network.relay('db1').exit).code).toBe(6)
  expect((await rank()).map(({ name }) => name)).not.toContain('db1')
  const again = await network.run(['relay', '--home', network.homeOf('db1'), '--listen', '127.0.0.1:0'])
  expect(again).toMatchObject({ code: 6, stderr: expect.stringContaining('move its HOME/relay folder away') })
  expect((await network.push(file, '--dest', 'after')).result).toMatchObject({ state: 'complete', delivered: 3 })
  expect(existsSync(network.inbox('db1', 'after'))).toBe(false)

  const { stdout } = await network.run(['status', '--audit'])
  expect(stdout).toMatch(/ pinned +terminal web2\n/)
  expect(stdout).toMatch(/ revoked +terminal db1\n/)
})
