/** Join tokens: who may use them, how often, how long, and how they are handed over. */

import { writeFileSync } from 'node:fs'
import { hostname } from 'node:os'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import { runTreecast, startTreecast } from '../support/treecast-process.ts'

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: ['web1'], endWith })
})

const relay = (...args: string[]) => runTreecast({ args: ['relay', '--listen', '127.0.0.1:0', ...args] })
const joined = (name: string) => new RegExp(`^treecast relay: ${name} joined ${network.address}, listening on `)
const names = async () =>
  JSON.parse((await network.run(['rank', '--json'])).stdout).terminals.map(({ name }: { name: string }) => name)

test('a command line with a token can be run again', async () => {
  const [token, home] = [await network.token('--role', 'operator'), temporaryFolder()]
  for (const _ of [1, 2]) expect((await runTreecast({ args: ['rank', '--join', token], home })).code).toBe(0)
})

describe('a token is refused with exit code 6', () => {
  test.each(['hello', 'tcj1_', 'tcj1_AAAA', 'tcj2_AAAA'])('when it is %s', async (token) => {
    const { code, stderr } = await relay('--join', token, '--name', 'x')
    expect(code).toBe(6)
    expect(stderr).toMatch(/^treecast relay: this is not a join token: .*Copy the whole line/)
  })

  test('when a letter of it was changed', async () => {
    const token = await network.token()
    const other = token.at(-1) === 'A' ? 'B' : 'A'
    const { code, stderr } = await relay('--join', token.slice(0, -1) + other, '--name', 'x')
    expect(code).toBe(6)
    expect(stderr).toContain('damaged in copying')
  })

  test('when it is for the other role', async () => {
    const forOperators = await relay('--join', await network.token('--role', 'operator'), '--name', 'x')
    expect(forOperators.code).toBe(6)
    expect(forOperators.stderr).toMatch(/this token is for operators, not terminals: .*--role terminal/)
    const forTerminals = await runTreecast({ args: ['rank', '--join', await network.token()] })
    expect(forTerminals.code).toBe(6)
    expect(forTerminals.stderr).toMatch(/this token is for terminals, not operators: .*--role operator/)
  })

  test('when it is spent', async () => {
    const token = await network.token('--role', 'operator', '--uses', '2')
    for (const expected of [0, 0, 6])
      expect((await runTreecast({ args: ['rank', '--join', token] })).code).toBe(expected)
    const { stderr } = await runTreecast({ args: ['rank', '--join', token] })
    expect(stderr).toMatch(
      /the join token is refused: all its uses are taken\. Ask for a new one: treecast serve token/,
    )
  })

  test('when its time is over', async () => {
    const { code, stderr } = await relay('--join', await network.token('--expires', '1ms'), '--name', 'x')
    expect(code).toBe(6)
    expect(stderr).toMatch(/the join token is refused: it ended at \d{4}-\d\d-\d\dT/)
  })
})

describe('a terminal', () => {
  test.each([
    ['web1', 'free1'],
    ['WEB1', 'free2'],
  ])('is not let in as %s beside web1, and its token is good for another name', async (name, other) => {
    const token = await network.token()
    const refused = await relay('--join', token, '--name', name)
    expect(refused.code).toBe(2)
    expect(refused.stderr).toMatch(/another terminal is called web1\. Choose another name with --name/)
    const free = await startTreecast({
      args: ['relay', '--listen', '127.0.0.1:0', '--join', token, '--name', other],
    })
    await free.waitForLine('stdout', joined(other))
  })

  test.each(['all', 'main', '../up', 'two words', ' '])('is not let in as "%s"', async (name) => {
    const { code, stderr } = await relay('--join', await network.token(), '--name', name)
    expect(code).toBe(2)
    expect(stderr).toMatch(/cannot name a node.*choose one with --name/)
  })

  test('reads its token from a file, and needs none the second time', async () => {
    const home = temporaryFolder()
    writeFileSync(join(home, 'token'), `${await network.token()}\n`)
    const listen = ['relay', '--listen', '127.0.0.1:0']
    const first = await startTreecast({ args: [...listen, '--join-file', 'token', '--name', 'by-file'], home })
    await first.waitForLine('stdout', joined('by-file'))
    expect(await first.stop()).toEqual({ code: 0, signal: null })
    const second = await startTreecast({ args: listen, home })
    await second.waitForLine('stdout', joined('by-file'))
  })

  test('reads its token from standard input', async () => {
    const args = ['relay', '--listen', '127.0.0.1:0', '--join', '-', '--name', 'by-stdin']
    const started = await startTreecast({ args, input: `${await network.token()}\n` })
    await started.waitForLine('stdout', joined('by-stdin'))
  })

  test('is named after its host unless told otherwise', async () => {
    const started = await startTreecast({
      args: ['relay', '--listen', '127.0.0.1:0', '--join', await network.token()],
    })
    await started.waitForLine('stdout', joined(hostname()))
  })

  test('without a token reads where to get one', async () => {
    const { code, stderr } = await relay('--name', 'x')
    expect(code).toBe(6)
    expect(stderr).toMatch(
      /no terminal has enrolled in .* yet: get a token with `treecast serve token`.*--join TOKEN\n$/,
    )
  })

  test('does not change its name later', async () => {
    const home = network.homeOf('web1')
    await network.relay('web1').stop()
    const args = ['relay', '--listen', '127.0.0.1:0', '--name', 'web9']
    const { code, stderr } = await runTreecast({ args, home })
    expect(code).toBe(2)
    expect(stderr).toMatch(/this terminal is enrolled as web1: leave --name out/)
    await network.startRelay('web1')
  })

  test('lives beside others on one machine, each with its --home', async () => {
    const home = temporaryFolder()
    const token = await network.token('--uses', '2')
    for (const name of ['here1', 'here2']) {
      const args = ['relay', '--home', join(home, name), '--listen', '127.0.0.1:0', '--join', token, '--name', name]
      await (await startTreecast({ args, home })).waitForLine('stdout', joined(name))
    }
    expect(await names()).toEqual(expect.arrayContaining(['here1', 'here2']))
    const path = join(home, 'file')
    writeFileSync(path, 'content')
    const { code, result } = await network.push(path, '--to', 'here1,here2')
    expect({ code, delivered: result.delivered }).toEqual({ code: 0, delivered: 2 })
  })
})

describe('a token of a main server that does not run', () => {
  test('is made all the same, and is good once it runs again', async () => {
    const other = await startNetwork()
    await other.serve.stop()
    const token = await other.token()
    const refused = await relay('--join', token, '--name', 'early')
    expect(refused.code).toBe(5)
    expect(refused.stderr).toContain(`the main server at ${other.address} cannot be reached`)
    await other.startServe()
    await other.enrol('late', token)
  })

  test('made before its first start is good after it', async () => {
    const home = temporaryFolder()
    const { code, stdout } = await runTreecast({ args: ['serve', 'token'], home })
    expect(code).toBe(0)
    const serve = await startTreecast({ args: ['serve', '--listen', '127.0.0.1:0'], home })
    const [, address = ''] = await serve.waitForLine('stdout', /listening on (.+)$/)
    const args = ['relay', '--listen', '127.0.0.1:0', '--join', stdout.trim(), '--name', 'first', '--server', address]
    await (await startTreecast({ args })).waitForLine('stdout', /^treecast relay: first joined/)
  })
})

describe('an operator on another machine', () => {
  test('enrols once with --join and pushes without it from then on', async () => {
    const home = temporaryFolder()
    const token = await network.token('--role', 'operator')
    writeFileSync(join(home, 'file'), 'content')
    const first = await runTreecast({ args: ['push', 'file', '--to', 'web1', '--join', token], home })
    expect(first).toMatchObject({ code: 0, stderr: '' })
    expect((await runTreecast({ args: ['push', 'file', '--to', 'web1'], home })).code).toBe(0)
  })
})
