/** What a push does when its content, a terminal, the main server or the operator lets it down. */

import { appendFileSync, truncateSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { PassThrough } from 'node:stream'
import { beforeAll, describe, expect, test } from 'vitest'
import { endAfterAll } from '../support/end-after-all.ts'
import { FaultProxy } from '../support/fault-proxy/fault-proxy.ts'
import type { Faults } from '../support/fault-proxy/faults.ts'
import { temporaryFolder } from '../support/temporary-folder.ts'
import { contentPieces, makeFile, sha256File } from '../support/test-content.ts'
import { lastDocument, startNetwork, type TreecastNetwork } from '../support/treecast-network.ts'
import type { TreecastProcess } from '../support/treecast-process.ts'

const MIB = 1024 ** 2
/** More than a segment: its packets are relayed while the rest is not there yet. */
const BEGINNING_BYTES = 20 * MIB
const NAMES = ['web1', 'web2', 'web3']

const endWith = endAfterAll()
let network: TreecastNetwork
beforeAll(async () => {
  network = await startNetwork({ terminals: NAMES, serveArgs: ['--fanout', '1'], endWith })
})

/** A path to the main server with these faults. */
async function throughProxy(faults: Partial<Faults>): Promise<{ proxy: FaultProxy; server: string[] }> {
  const [host = '', port = ''] = network.address.split(':')
  const proxy = await new FaultProxy({ target: { host, port: Number(port) }, faults }).start()
  endWith(() => proxy.stop())
  return { proxy, server: ['--server', `${proxy.address.host}:${proxy.address.port}`] }
}

/** A push of standard input whose beginning every terminal in `names` holds a part of, and whose end has not come. */
async function pushHalfWay(name: string, names: readonly string[]) {
  const input = new PassThrough()
  const push = await network.start(['push', '-', '--dest', name, '--json'], { input })
  const planned = JSON.parse((await push.waitForLine('stdout', /"type":"planned"/)).input)
  for (const piece of contentPieces(BEGINNING_BYTES)) input.write(piece)
  for (const terminal of names) await expect.poll(() => network.staged(terminal), { timeout: 20_000 }).not.toEqual([])
  return { push, input, planned }
}

async function expectNoTrace(name: string): Promise<void> {
  for (const terminal of NAMES) {
    await expect.poll(() => network.staged(terminal), { timeout: 20_000 }).toEqual([])
    expect(network.delivered(terminal), terminal).not.toContain(name)
  }
}

const transferOf = (push: TreecastProcess) => lastDocument(push.stdout.text).transfer

describe('a file that changes while it is read', () => {
  test.each([
    ['shrinks', (path: string) => truncateSync(path, 30 * MIB), /has \d+ bytes and had 41943040/],
    ['grows', (path: string) => appendFileSync(path, 'more'), /has 41943044 bytes and had 41943040/],
    ['is written to', (path: string) => writeFileSync(path, 'other', { flag: 'r+' }), /was written to/],
  ])('and %s fails the push, and nothing is delivered anywhere', async (how, change, reason) => {
    const name = `changing-${how.replaceAll(' ', '-')}`
    const path = join(temporaryFolder(), name)
    await makeFile(path, 40 * MIB)
    const { proxy, server } = await throughProxy({ bytesPerSecond: 4 * MIB })
    const push = await network.start(['push', path, '--json', ...server])
    await push.waitForLine('stdout', /"type":"planned"/)
    change(path)
    proxy.set({ bytesPerSecond: Number.POSITIVE_INFINITY })

    expect((await push.exit).code).toBe(2)
    expect(push.stderr.text).toMatch(reason)
    expect(push.stderr.text).toContain('nothing was delivered. Push again when nobody writes to it.')
    expect(lastDocument(push.stdout.text)).toMatchObject({ state: 'failed', error: { code: 'E_PATH_CHANGED' } })
    await expectNoTrace(name)
    const status = JSON.parse((await network.run(['status', String(transferOf(push)), '--json'])).stdout)
    expect(status).toMatchObject({ state: 'failed', delivered: 0, error: { code: 'E_PATH_CHANGED' } })
  })
})

describe('nothing is visible in an inbox before it is whole', () => {
  test('while its beginning is there and its end is not', async () => {
    const { push, input } = await pushHalfWay('slow', NAMES)
    for (const name of NAMES) expect(network.delivered(name), name).not.toContain('slow')
    const seen: { name: string; digest: string }[] = []
    const looking = (async () => {
      while (seen.length < NAMES.length) {
        for (const name of NAMES) {
          if (seen.some((one) => one.name === name) || !network.delivered(name).includes('slow')) continue
          seen.push({ name, digest: await sha256File(network.inbox(name, 'slow')) })
        }
        await new Promise((turn) => setImmediate(turn))
      }
    })()
    input.end('the end')
    expect((await push.exit).code).toBe(0)
    await looking
    const expected = await digestOf([...contentPieces(BEGINNING_BYTES), Buffer.from('the end')])
    for (const { name, digest } of seen) expect({ name, digest }).toEqual({ name, digest: expected })
    await expectNoTrace('never')
  })
})

describe('SIGINT during a push', () => {
  test('cancels it everywhere and ends with 130', async () => {
    const { push } = await pushHalfWay('cancelled', NAMES)
    expect(await push.stop('SIGINT')).toEqual({ code: 130, signal: null })
    expect(push.stderr.text).toMatch(/^treecast push: interrupted: transfer \d+ is cancelled\n$/)
    expect(lastDocument(push.stdout.text)).toMatchObject({ state: 'failed', error: { code: 'E_INTERRUPTED' } })
    await expectNoTrace('cancelled')
    const status = JSON.parse((await network.run(['status', String(transferOf(push)), '--json'])).stdout)
    expect(status).toMatchObject({ state: 'cancelled', delivered: 0 })
  })

  test('and a second signal ends it at once', async () => {
    const { proxy, server } = await throughProxy({})
    const push = await network.start(['push', '-', '--dest', 'stuck', '--json', ...server], {
      input: new PassThrough(),
    })
    await push.waitForLine('stdout', /"type":"planned"/)
    proxy.set({ stalled: true })
    push.signal('SIGINT')
    // Another one than the first: two of a kind may become one before they are heard.
    expect(await push.stop('SIGTERM')).toEqual({ code: 130, signal: null })
    expect(push.stderr.text).toBe('')
    proxy.resetConnections()
    await expectNoTrace('stuck')
  })

  test('and a push that is killed leaves nothing behind', async () => {
    const { push } = await pushHalfWay('killed', NAMES)
    await push.stop('SIGKILL')
    await expectNoTrace('killed')
  })
})

describe('a terminal that is not there', () => {
  test('is pending with exit 3, and gets the content when it is back', async () => {
    const path = join(temporaryFolder(), 'missed')
    const digest = await makeFile(path, MIB)
    expect(await network.relay('web2').stop()).toEqual({ code: 0, signal: null })
    const { code, result } = await network.push(path)
    expect(code).toBe(3)
    expect(result).toMatchObject({ state: 'partial', delivered: 2, failed: 0, pending: 1 })
    expect(result.targets.find(({ name }) => name === 'web2')).toMatchObject({
      state: 'pending',
      error: { code: 'E_OFFLINE', message: 'terminal web2 is offline: it gets the content when it is back' },
    })

    await network.startRelay('web2')
    await expect.poll(() => network.delivered('web2'), { timeout: 20_000 }).toContain('missed')
    expect(await sha256File(network.inbox('web2', 'missed'))).toBe(digest)
    await expect
      .poll(async () => JSON.parse((await network.run(['status', String(result.transfer), '--json'])).stdout).state)
      .toBe('complete')
  })

  test('and no other either ends with 4', async () => {
    const path = join(temporaryFolder(), 'for-nobody')
    await makeFile(path, 1000)
    await network.relay('web2').stop('SIGINT')
    const { code, result } = await network.push(path, '--to', 'web2')
    expect({ code, pending: result.pending, state: result.state }).toEqual({ code: 4, pending: 1, state: 'failed' })
    await network.startRelay('web2')
    await expect.poll(() => network.delivered('web2'), { timeout: 20_000 }).toContain('for-nobody')
  })

  test('any more, killed while it relays, does not keep those below from the content', async () => {
    const { push, input, planned } = await pushHalfWay('survived', NAMES)
    const first = planned.targets.find(({ upstreams }: { upstreams: string[] }) => upstreams[0] === 'main')
      .name as string
    await network.relay(first).stop('SIGKILL')
    input.end('the end')
    expect((await push.exit).code).toBe(3)
    const result = lastDocument(push.stdout.text)
    expect(result).toMatchObject({ state: 'partial', delivered: 2 })
    const expected = await digestOf([...contentPieces(BEGINNING_BYTES), Buffer.from('the end')])
    for (const name of NAMES.filter((other) => other !== first))
      expect(await sha256File(network.inbox(name, 'survived')), name).toBe(expected)
    expect(result.targets.find(({ name }) => name === first)).toMatchObject({ state: 'pending' })
    expect(network.delivered(first)).not.toContain('survived')

    await network.startRelay(first)
    await expect.poll(() => network.delivered(first), { timeout: 20_000 }).toContain('survived')
    expect(await sha256File(network.inbox(first, 'survived'))).toBe(expected)
  })
})

describe('the main server', () => {
  test.each(['SIGINT', 'SIGTERM'] as const)(
    'ends with 0 on %s, and serves its terminals again once it is back',
    async (signal) => {
      expect(await network.serve.stop(signal)).toEqual({ code: 0, signal: null })
      const path = join(temporaryFolder(), `after-${signal}`)
      const digest = await makeFile(path, 1000)
      expect((await network.push(path)).code).toBe(5)

      await network.startServe()
      await expect.poll(() => network.online(), { timeout: 30_000, interval: 200 }).toBe(NAMES.length)
      expect((await network.push(path)).code).toBe(0)
      for (const name of NAMES) expect(await sha256File(network.inbox(name, `after-${signal}`))).toBe(digest)
    },
  )

  test('that ends during a push ends the push with 5, and nothing half is delivered', async () => {
    const { push } = await pushHalfWay('orphaned', NAMES)
    await network.serve.stop('SIGKILL')
    expect((await push.exit).code).toBe(5)
    expect(push.stderr.text).toMatch(/^treecast push: the main server is gone: /)
    await network.startServe()
    await expect.poll(() => network.online(), { timeout: 30_000, interval: 200 }).toBe(NAMES.length)
    await expectNoTrace('orphaned')
  })
})

describe('a terminal whose main server is not there', () => {
  test('still stops at the first SIGTERM', async () => {
    await network.relay('web3').stop()
    await network.serve.stop()
    const home = network.homeOf('web3')
    const relay = await network.start(['relay', '--listen', '127.0.0.1:0', '--home', home])
    await relay.waitForLine('stderr', /the main server/)
    expect(await relay.stop()).toEqual({ code: 0, signal: null })
    await network.startServe()
    await network.startRelay('web3')
  })
})

async function digestOf(pieces: readonly Uint8Array[]): Promise<string> {
  const path = join(temporaryFolder(), 'expected')
  for (const piece of pieces) appendFileSync(path, piece)
  return sha256File(path)
}
