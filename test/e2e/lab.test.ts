/** The laboratory itself: labs are shaped, reachable, apart from each other, and gone when they are taken down. */

import { execFileSync, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { join } from 'node:path'
import { afterEach, describe, expect, test } from 'vitest'
import { createLab, type Lab, labAvailable } from '../lab/lab.ts'

const { available, why } = labAvailable()
if (!available) console.warn(`the laboratory's tests are skipped: ${why}`)

const NETLAB = join(import.meta.dirname, '../lab/netlab')

/** Listens on any port of all addresses, says which, and answers `hello` to every connection. */
const GREETER = `
  const server = require('node:net').createServer((socket) => socket.end('hello'))
  server.listen(0, () => console.log(server.address().port))
`

const CALLER = `
  require('node:net').connect(Number(process.argv[2]), process.argv[1]).on('data', (bytes) => console.log(String(bytes)))
    .on('error', (error) => console.log(error.code))
`

describe.skipIf(!available)('a lab', () => {
  const labs: Lab[] = []
  const lab = async (hosts: number, rate: string) => {
    const made = await createLab({ hosts, rate })
    labs.push(made)
    return made
  }
  afterEach(async () => {
    for (const made of labs.splice(0)) await made.down()
  })

  test('lets its hosts reach one another by their addresses', async () => {
    const { exec, address } = await lab(2, 'none')
    const port = await firstLine(exec(0, [process.execPath, '-e', GREETER]))
    expect(await firstLine(exec(1, [process.execPath, '-e', CALLER, address(0), port]))).toBe('hello')
  })

  test("has hosts that know each other's hardware addresses: the table for those that are asked for is one for all", async () => {
    const { command, address } = await lab(3, 'none')
    const [program = '', ...argv] = [...command(1), 'ip', 'neighbour', 'show', 'nud', 'permanent']
    const known = execFileSync(program, argv, { encoding: 'utf8' })
    for (const other of [0, 2]) expect(known).toContain(`${address(other)} dev eth0 lladdr`)
  })

  test("has TCP as most machines have it, whatever this one's default is", async () => {
    expect((await lab(1, '20mbit')).congestion).toMatch(/^(cubic|reno)$/)
  })

  test('shapes both ends of each link', async () => {
    const { command, name } = await lab(1, '20mbit')
    const rules = (prefix: readonly string[], device: string) =>
      execFileSync('ip', [...prefix.slice(1), 'tc', 'qdisc', 'show', 'dev', device], { encoding: 'utf8' })
    expect(rules(command(0), 'eth0')).toContain('tbf')
    expect(rules(command(0), 'eth0')).toContain('rate 20Mbit')
    expect(rules(['ip', 'netns', 'exec', `${name}-switch`], 'l0')).toContain('rate 20Mbit')
  })

  test('gives one link another rate, and counts what arrives over it', async () => {
    const { command, name, setRate, receivedBytes, exec, address } = await lab(2, '20mbit')
    await setRate(1, '5mbit')
    const rules = (prefix: readonly string[], device: string) =>
      execFileSync('ip', [...prefix.slice(1), 'tc', 'qdisc', 'show', 'dev', device], { encoding: 'utf8' })
    expect(rules(command(0), 'eth0')).toContain('rate 20Mbit')
    expect(rules(command(1), 'eth0')).toContain('rate 5Mbit')
    expect(rules(['ip', 'netns', 'exec', `${name}-switch`], 'l1')).toContain('rate 5Mbit')
    const before = await receivedBytes(1)
    const port = await firstLine(exec(0, [process.execPath, '-e', GREETER]))
    await firstLine(exec(1, [process.execPath, '-e', CALLER, address(0), port]))
    expect(await receivedBytes(1)).toBeGreaterThan(before)
  })

  test('does not see another lab, though both use the same addresses', async () => {
    const [one, other] = [await lab(1, 'none'), await lab(2, 'none')]
    const port = await firstLine(other.exec(0, [process.execPath, '-e', GREETER]))
    const caller = one.exec(0, [process.execPath, '-e', CALLER, one.address(0), port])
    expect(await firstLine(caller)).toBe('ECONNREFUSED')
  })

  test('taken down, ends its own processes and namespaces and no others', async () => {
    const [one, other] = [await lab(1, 'none'), await lab(1, 'none')]
    const ended = one.exec(0, [process.execPath, '-e', GREETER])
    const kept = other.exec(0, [process.execPath, '-e', GREETER])
    await Promise.all([firstLine(ended), firstLine(kept)])
    expect(await one.pids()).toEqual([ended.pid])

    const exit = once(ended, 'exit')
    await one.down()
    expect(await exit).toEqual([null, 'SIGKILL'])
    const namespaces = execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })
    expect(namespaces).not.toContain(one.name)
    expect(namespaces).toContain(other.name)
    expect(await other.pids()).toEqual([kept.pid])
  })

  test('refuses a host that it does not have', async () => {
    const { command } = await lab(1, 'none')
    expect(() => command(1)).toThrow('has no host 1')
  })

  test('that cannot be made says why', async () => {
    await expect(createLab({ hosts: 1, rate: 'fast' })).rejects.toThrow(/illegal.*"rate"/i)
  })

  test('that cannot be made leaves nothing behind', () => {
    const env = { ...process.env, LAB: `half-made-${process.pid}` }
    expect(spawnSync(NETLAB, ['up', '2', 'fast'], { env }).status).not.toBe(0)
    expect(execFileSync('ip', ['netns', 'list'], { encoding: 'utf8' })).not.toContain(env.LAB)
  })

  test('is not made twice under one name', async () => {
    const { name, pids } = await lab(1, 'none')
    const again = spawnSync(NETLAB, ['up', '1', 'none'], { env: { ...process.env, LAB: name }, encoding: 'utf8' })
    expect(again.status).toBe(1)
    expect(again.stderr).toContain('is up already')
    expect(await pids()).toEqual([])
  })
})

async function firstLine(process: { stdout: NodeJS.ReadableStream | null }): Promise<string> {
  let text = ''
  for await (const chunk of process.stdout ?? []) {
    text += chunk
    if (text.includes('\n')) break
  }
  return text.split('\n')[0] ?? ''
}
