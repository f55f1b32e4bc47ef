/** A content so small that the main server sends it to every terminal whole. */

import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const NAMES = ['web1', 'web2', 'web3', 'web4']

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, endWith })
})

/** A new file of 10 KiB by this name. */
async function smallFile(name: string): Promise<string> {
  const path = join(temporaryFolder(), name)
  await makeFile(path, 10 * 1024)
  return path
}

const received = (terminal: string, path: string) => readFileSync(network.inbox(terminal, path))

test('reaches who is here, says who refuses it, and reaches who is not here later', async () => {
  const path = await smallFile('notice')
  mkdirSync(network.inbox('web3', 'notice'))
  await network.relay('web4').stop()
  await expect.poll(() => network.online()).toBe(3)

  const { code, result } = await network.push(path)
  expect(code).toBe(3)
  const outcomes = result.targets.map(({ name, state, upstreams, error }) => [name, state, upstreams, error?.code])
  expect(outcomes.toSorted()).toEqual([
    ['web1', 'active', ['main'], undefined],
    ['web2', 'active', ['main'], undefined],
    ['web3', 'failed', ['main'], 'E_DESTINATION_BLOCKED'],
    ['web4', 'pending', [], 'E_OFFLINE'],
  ])
  for (const name of ['web1', 'web2']) expect(received(name, 'notice').equals(readFileSync(path)), name).toBe(true)

  rmSync(network.inbox('web3', 'notice'), { recursive: true })
  await network.startRelay('web4')
  await expect.poll(() => network.delivered('web4'), { timeout: 20_000 }).toContain('notice')
  expect(received('web4', 'notice').equals(readFileSync(path))).toBe(true)
})

test('is sent again to a terminal that was killed before it could answer', async () => {
  const path = await smallFile('order')
  const killed = network.relay('web2')
  killed.signal('SIGSTOP')
  const push = await network.start(['push', '--json', path])
  await expect.poll(() => network.delivered('web1'), { timeout: 20_000 }).toContain('order')
  await killed.stop('SIGKILL')
  await network.startRelay('web2')

  expect((await push.exit).code).toBe(0)
  expect(lastDocument(push.stdout.text)).toMatchObject({ state: 'complete', delivered: 4 })
  expect(received('web2', 'order').equals(readFileSync(path))).toBe(true)
  expect(network.staged('web2')).toEqual([])
})

test('may be a folder, and empty', async () => {
  const folder = join(temporaryFolder(), 'settings')
  mkdirSync(join(folder, 'deep'), { recursive: true })
  writeFileSync(join(folder, 'deep', 'a.conf'), 'a = 1\n')
  const empty = join(temporaryFolder(), 'empty')
  writeFileSync(empty, '')

  expect((await network.push(folder)).code).toBe(0)
  expect((await network.push(empty)).code).toBe(0)
  for (const name of NAMES) {
    expect(received(name, 'settings/deep/a.conf').toString(), name).toBe('a = 1\n')
    expect(received(name, 'empty').length, name).toBe(0)
  }
})
