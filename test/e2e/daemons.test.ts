/** What whoever runs the daemons sees: metrics, reloads, what a service manager is told, and how a terminal for one transfer ends. */

import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { makeFile } from '../support/test-content.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import { runTreecast } from '../support/treecast-process.ts'

const ends: (() => void | Promise<void>)[] = []
const endWith = (end: () => void | Promise<void>) => ends.push(end)
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
afterAll(async () => {
  for (const end of ends.reverse()) await end()
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

test('SIGHUP reloads the settings file', async () => {
  writeFileSync(settings, '{"log-level":"debug","fanout":"9"}')
  network.serve.signal('SIGHUP')
  await network.serve.waitForLine('stderr', /a setting was reloaded {2}option=fanout value=9/)
  await network.serve.waitForLine('stderr', /a setting was reloaded {2}option=log-level value=debug/)
})
