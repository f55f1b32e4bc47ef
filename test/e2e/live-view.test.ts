/** The live tree in a real terminal: what it shows, what its keys do, and what it leaves behind. */

import { writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { TmuxPane, whyNoTmux } from '../support/tmux-pane.ts'
import { startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'

const why = whyNoTmux()
if (why !== undefined) console.warn(`the live tree is not tried in a real terminal: ${why}`)

const EXECUTABLE = resolve(import.meta.dirname, '../../dist/treecast')
const NAMES = ['web1', 'web2', 'web3', 'web4', 'web5']

describe.skipIf(why !== undefined)('the live tree', () => {
  const endWith = endAfterAll()
  let network: TreecastNetwork
  let folder: string
  beforeAll(async () => {
    network = await startNetwork({ terminals: NAMES, serveArgs: ['--fanout', '2'], endWith })
    folder = temporaryFolder({ endWith })
    writeFileSync(join(folder, 'photos.tar'), Buffer.alloc(1_000_000, 'photos'))
  })

  const pane = (args: string, env: Readonly<Record<string, string>> = {}, size = {}) =>
    new TmuxPane({ command: `cd ${folder}; ${EXECUTABLE} --home ${network.home} ${args}`, env, ...size })

  /** A push that has sent a part and goes on when told to: whoever watches it has time. */
  async function pushFromPipe(dest: string) {
    const input = new PassThrough()
    const push = await network.start(['push', '-', '--dest', dest, '--json'], { input })
    const [, transfer = ''] = await push.waitForLine('stdout', /"type":"planned".*"transfer":(\d+)/)
    input.write(Buffer.alloc(3_000_000, 'part'))
    return {
      transfer,
      async finish() {
        input.end()
        await push.exit
      },
    }
  }

  test('shows a transfer to who watches it, and lets go of it', async () => {
    const { transfer, finish } = await pushFromPipe('watched')
    const screen = pane(`status ${transfer} --watch`)
    const tree = await screen.waitFor(/◐ web5/)
    expect(tree).toMatch(new RegExp(`^transfer ${transfer} {2}watched +receiving +\\d:\\d\\d$`, 'm'))
    expect(tree).toMatch(/so far · \w+, (\d stripes, )?fan-out 2 ·/)
    for (const name of NAMES) expect(tree).toMatch(new RegExp(`[├╰]─[○◌◐] ${name} `))
    expect(tree.trimEnd().split('\n')).toHaveLength(23)
    expect(screen.onOwnScreen).toBe(true)

    screen.press('Down')
    await screen.waitFor(/^▸[├╰]─◐ web/m)
    screen.press('Enter')
    expect(await screen.waitFor(/receives from/)).toMatch(/^rate .* in, .* out$/m)
    screen.press('Escape')
    // A key right after it would be taken for one with Alt.
    await screen.waitFor(/^▸/m)
    screen.press('/')
    screen.press('web3', 'Enter')
    const filtered = await screen.waitFor(/^ \/web3 /m)
    expect(filtered).toMatch(/─◐ web3 /)
    screen.press('?')
    await screen.waitFor(/the first terminal, the last/)

    screen.resize(120, 40)
    screen.press('Escape')
    await screen.waitFor(/^ \/web3 .* in +out +response +bytes +state +from$/m)

    screen.press('q')
    const left = await screen.waitFor(/^code 130$/m)
    expect(screen.onOwnScreen).toBe(false)
    expect(left).toMatch(/─◐ web5 /)
    expect(left).not.toContain('help')
    await finish()
    expect((await network.run(['status', transfer, '--json'])).stdout).toContain('"state":"complete"')
  })

  test('leaves the summary below its last drawing', async () => {
    const { transfer, finish } = await pushFromPipe('finished')
    const screen = pane(`status ${transfer} --watch`)
    await screen.waitFor(/◐ web5/)
    await finish()
    const left = await screen.waitFor(/^code 0$/m)
    expect(left).toMatch(/5\/5 delivered/)
    expect(left).toMatch(new RegExp(`transfer ${transfer} complete: 5 of 5 targets have \\S+ \\(2\\.8 MiB\\)`))
    expect(screen.onOwnScreen).toBe(false)
  })

  test('asks before a push is cancelled, and cancels it then', async () => {
    for (const name of NAMES) network.relay(name).signal('SIGSTOP')
    try {
      const screen = pane('push photos.tar')
      await screen.waitFor(/q cancel/)
      screen.press('c')
      await screen.waitFor(/Cancel transfer \d+ for all who lack it\?/)
      screen.press('n')
      await screen.waitFor(/q cancel/)
      screen.press('q')
      await screen.waitFor(/Cancel transfer \d+/)
      screen.press('y')
      expect(await screen.waitFor(/^code 130$/m)).toMatch(/interrupted: transfer \d+ is cancelled/)
    } finally {
      for (const name of NAMES) network.relay(name).signal('SIGCONT')
    }
  })

  test('lets go of a push that goes on without it', async () => {
    for (const name of NAMES) network.relay(name).signal('SIGSTOP')
    let left: string
    try {
      const screen = pane('push photos.tar --dest detached')
      await screen.waitFor(/d detach/)
      await screen.waitFor(/main has the whole content/)
      screen.press('d')
      left = await screen.waitFor(/^code 0$/m)
      expect(screen.onOwnScreen).toBe(false)
    } finally {
      for (const name of NAMES) network.relay(name).signal('SIGCONT')
    }
    const [, transfer = ''] = /transfer (\d+) goes on: the main server has photos/.exec(left) ?? []
    const { code, stdout } = await network.run(['status', transfer, '--watch'])
    expect({ code, stdout }).toMatchObject({ code: 0, stdout: expect.stringContaining('5 of 5 targets have') })
  })

  test('keeps ctrl-c what it is', async () => {
    const { transfer, finish } = await pushFromPipe('interrupted')
    const screen = pane(`status ${transfer} --watch`)
    await screen.waitFor(/◐ web5/)
    screen.press('C-c')
    await screen.waitFor(/^code 130$/m)
    await finish()
  })

  test('has colours, unless they are unwanted', async () => {
    const { transfer, finish } = await pushFromPipe('painted')
    const [painted, plain] = [pane(`status ${transfer} --watch`), pane(`status ${transfer} --watch`, { NO_COLOR: '1' })]
    await Promise.all([painted.waitFor(/◐ web5/), plain.waitFor(/◐ web5/)])
    expect(painted.painted).toContain('\x1b[36m')
    expect(plain.painted).not.toContain('\x1b[')
    await finish()
  })

  test('is lines on a terminal that cannot move its cursor', async () => {
    const screen = pane('push photos.tar --dest dumb', { TERM: 'dumb' })
    const text = await screen.waitFor(/^code 0$/m)
    for (const name of NAMES) expect(text).toMatch(new RegExp(`^${name} received 976\\.5 KiB`, 'm'))
    expect(text).not.toContain('─')
  })
})
