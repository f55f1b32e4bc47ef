/** A terminal behind a firewall that drops what comes in: started with --outbound-only, it gets all that others get. */

import { execFileSync, spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { describe, expect, onTestFinished, test } from 'vitest'
import { createLab, type Lab, labAvailable } from '../lab/lab.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile, sha256File } from '../support/test-content.ts'
import { runTreecast, startTreecast } from '../support/treecast-process.ts'

const { available, why } = labAvailable()
if (!available) console.warn(`the tests behind a firewall are skipped: ${why}`)

const MAIN = 0
const RELAY = 1
const WALLED = 2
/** Below the ports from which Linux dials: what arrives at them was not asked for. */
const PORT = 7717

describe.skipIf(!available)('behind a firewall', () => {
  test('content comes from another terminal and, after an absence, by redelivery', { timeout: 60_000 }, async () => {
    const lab = await createLab({ hosts: 3, rate: 'none' })
    onTestFinished(() => lab.down())
    wallIn(lab, WALLED)
    const folder = temporaryFolder()
    const home = (host: number) => join(folder, String(host))
    const start = (host: number, ...args: string[]) =>
      startTreecast({ args, home: home(host), folder, command: lab.command(host) })
    const command = (...args: string[]) => runTreecast({ args, home: home(MAIN), folder, command: lab.command(MAIN) })

    const serve = await start(MAIN, 'serve', '--listen', `${lab.address(MAIN)}:${PORT}`, '--fanout', '1')
    await serve.waitForLine('stdout', /listening on/)
    const token = (await command('serve', 'token', '--uses', '2')).stdout.trim()
    const join2 = ['--join', token]
    const relay = await start(RELAY, 'relay', '--name', 'relay', '--listen', `${lab.address(RELAY)}:${PORT}`, ...join2)
    await relay.waitForLine('stdout', /joined/)
    // The server socket is there, so that it is the firewall that keeps others out.
    const walled = ['relay', '--outbound-only', '--listen', `${lab.address(WALLED)}:${PORT}`]
    const first = await start(WALLED, ...walled, '--name', 'walled', ...join2)
    await first.waitForLine('stdout', /joined/)
    expect(canConnect(lab, RELAY)).toBe(true)
    expect(canConnect(lab, WALLED)).toBe(false)

    const file = join(folder, 'file.bin')
    const digest = await makeFile(file, 3_000_000, { seed: 1 })
    const push = await command('push', file, '--json')
    const result = JSON.parse(push.stdout.trimEnd().split('\n').at(-1) ?? '')
    expect(result).toMatchObject({ state: 'complete', delivered: 2 })
    expect(await sha256File(join(home(WALLED), 'relay/inbox/file.bin'))).toBe(digest)
    expect(JSON.parse((await command('rank', 'walled', '--json')).stdout).terminals).toMatchObject([
      { name: 'walled', online: true, leaf: true, address: null },
    ])

    await first.stop()
    const other = await makeFile(file, 3_000_000, { seed: 2 })
    expect((await command('push', file, '--quiet')).code).toBe(3)
    await start(WALLED, ...walled)
    await expect.poll(() => sha256File(join(home(WALLED), 'relay/inbox/file.bin')), { timeout: 20_000 }).toBe(other)
  })
})

/** Drops every TCP segment for a port that nothing in the host has dialled from. */
function wallIn(lab: Lab, host: number): void {
  const rule = (...argv: string[]) =>
    execFileSync('ip', ['netns', 'exec', `${lab.name}-h${host}`, 'ip', 'rule', ...argv])
  rule('add', 'pref', '1', 'iif', 'eth0', 'ipproto', 'tcp', 'dport', '1-32767', 'blackhole')
  rule('add', 'pref', '2', 'lookup', 'local')
  rule('del', 'pref', '0')
}

function canConnect(lab: Lab, host: number): boolean {
  const [program = '', ...argv] = [...lab.command(MAIN), 'bash', '-c', `exec 3<>/dev/tcp/${lab.address(host)}/${PORT}`]
  return spawnSync(program, argv, { timeout: 1_000, stdio: 'ignore' }).status === 0
}
