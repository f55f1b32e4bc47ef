/** Content with times: in place early, live everywhere at one moment, gone at another; and called off before. */

import { existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import type { TransferSnapshot } from '../../src/wire/snapshot.ts'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile } from '../support/test-content.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const NAMES = ['web1', 'web2', 'web3']

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, endWith })
})

async function contentOf(name: string): Promise<string> {
  const path = join(temporaryFolder(), name)
  await makeFile(path, 100_000)
  return path
}

async function transferAt(id: number | null): Promise<TransferSnapshot> {
  const { stdout } = await network.run(['status', String(id), '--json'])
  return JSON.parse(stdout) as TransferSnapshot
}

const statesOf = ({ terminals }: TransferSnapshot) => terminals.map(({ state }) => state)

/** Asks until every terminal is in the state. @throws where one failed */
async function untilAll(id: number | null, state: string): Promise<TransferSnapshot> {
  for (;;) {
    const transfer = await transferAt(id)
    expect(statesOf(transfer)).not.toContain('failed')
    if (statesOf(transfer).every((now) => now === state)) return transfer
  }
}

const copiesOf = (name: string) => NAMES.filter((terminal) => existsSync(network.inbox(terminal, name)))

describe('a push with times', () => {
  test('ends when every target has it, is shown at its time by all, and taken out again', async () => {
    const { code, result } = await network.push(await contentOf('sale'), '--activate', '+5s', '--deactivate', '+7s')
    expect([code, result.state, result.targets.map(({ state }) => state)]).toEqual([
      0,
      'complete',
      ['received', 'received', 'received'],
    ])
    expect(copiesOf('sale')).toEqual([])
    const { activateAt } = await untilAll(result.transfer, 'active')
    expect(copiesOf('sale')).toEqual(NAMES)
    // The rename sets the change time: nobody shows it early, and all within a moment of each other.
    const shownMs = NAMES.map((terminal) => statSync(network.inbox(terminal, 'sale')).ctimeMs)
    const dueMs = Date.parse(activateAt ?? '')
    for (const atMs of shownMs) expect(atMs - dueMs).toBeGreaterThan(-50)
    await untilAll(result.transfer, 'withdrawn')
    expect(copiesOf('sale')).toEqual([])
  })

  test('keeps them without the main server, over restarts of the terminals', async () => {
    const { result } = await network.push(await contentOf('night'), '--activate', '+6s', '--deactivate', '+9s')
    await network.serve.stop('SIGKILL')
    await network.relay('web1').stop('SIGKILL')
    // Without its main server it gets no further than its first line, which it does not wait for.
    const restarted = network.startRelay('web1')
    await expect.poll(() => copiesOf('night'), { timeout: 20_000 }).toEqual(NAMES)
    await expect.poll(() => copiesOf('night'), { timeout: 20_000 }).toEqual([])
    await network.startServe()
    await restarted
    await untilAll(result.transfer, 'withdrawn')
  })

  test('leaves what was changed at a terminal, and says so', async () => {
    const { result } = await network.push(await contentOf('edited'), '--deactivate', '+6s')
    writeFileSync(network.inbox('web2', 'edited'), 'mine now')
    const { terminals } = await untilAll(result.transfer, 'withdrawn')
    expect(copiesOf('edited')).toEqual(['web2'])
    expect(terminals.map(({ name, error }) => [name, error?.code]).toSorted()).toEqual([
      ['web1', undefined],
      ['web2', 'E_CHANGED_LOCALLY'],
      ['web3', undefined],
    ])
  })

  test.each([
    [['--activate', '2020-01-01T00:00:00Z'], /--activate 2020-01-01T00:00:00Z is over/],
    [['--activate', '+2h', '--deactivate', '+1h'], /is not after --activate/],
    [['--activate', 'tomorrow'], /is not a time\. Write it as/],
  ])('%j is refused with what to do', async (args, message) => {
    const { code, stderr } = await network.run(['push', await contentOf('never'), ...args])
    expect(code).toBe(2)
    expect(stderr).toMatch(message)
  })
})

describe('calling off', () => {
  test('drops what is not shown yet everywhere, also where the terminal was away', async () => {
    const { result } = await network.push(await contentOf('early'), '--activate', '+6s')
    await network.relay('web3').stop('SIGKILL')
    const { code, stdout } = await network.run(['push', '--cancel', String(result.transfer)])
    expect([code, stdout]).toEqual([0, `transfer ${result.transfer} is cancelled: 3 targets will not show early\n`])
    const { state, terminals } = await transferAt(result.transfer)
    expect([state, terminals.map((terminal) => terminal.state)]).toEqual([
      'cancelled',
      ['cancelled', 'cancelled', 'cancelled'],
    ])
    await network.startRelay('web3')
    for (const name of NAMES) await expect.poll(() => network.staged(name)).toEqual([])
    expect(copiesOf('early')).toEqual([])
  })

  test('is told when it is too late, or when there is no such transfer', async () => {
    const { result } = await network.push(await contentOf('shown'))
    const late = await network.run(['push', '--cancel', String(result.transfer), '--json'])
    expect([late.code, JSON.parse(late.stdout)]).toMatchObject([4, { type: 'cancelled', state: 'complete', active: 3 }])
    expect((await network.run(['push', '--cancel', '9999'])).code).toBe(2)
  })
})
